/** A Redis to test with: found or, as root on Debian, installed; started on a port of its own. */
import { freePort } from "../kit/process.ts";
import { aptInstall } from "./apt_install.ts";
import { commandInPath } from "./command_in_path.ts";

/** A running Redis. */
export interface Redis extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
}

/**
 * Starts a Redis.
 *
 * @throws {Error} if there is none and it cannot be installed
 */
export async function startRedis(): Promise<Redis> {
  const command = await redisCommand();
  const port = freePort();
  const folder = await Deno.makeTempDir();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const process = new Deno.Command(command, { args, stdin: "null", stdout: "piped" }).spawn();
  let said = "";
  for await (const text of process.stdout.values({ preventCancel: true })) {
    said += new TextDecoder().decode(text);
    if (said.includes("Ready to accept connections")) break;
  }
  if (!said.includes("Ready to accept")) throw new Error(`Redis does not start: ${said}`);
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.stdout.cancel();
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function redisCommand(): Promise<string> {
  const wish = Deno.env.get("REDIS_SERVER") || await commandInPath("redis-server");
  if (wish) return wish;
  const tried = await aptInstall("redis-server");
  const command = await commandInPath("redis-server");
  if (command !== undefined) return command;
  throw new Error(`No Redis: install redis-server, or set REDIS_SERVER to its path. ${tried}`);
}
