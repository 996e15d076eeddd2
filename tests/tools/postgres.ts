/** A PostgreSQL to test with: found or, as root on Debian, installed; started on a port of its own. */
import { freePort } from "../kit/process.ts";
import { aptInstall } from "./apt_install.ts";
import { commandInPath } from "./command_in_path.ts";

/** A running PostgreSQL with an empty database. */
export interface Postgres extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
}

/** Where Debian keeps what should not be run by hand. */
const DEBIAN = "/usr/lib/postgresql";

/**
 * Starts a PostgreSQL.
 *
 * @throws {Error} if there is none and it cannot be installed
 */
export async function startPostgres(): Promise<Postgres> {
  const [initdb, postgres] = await commands();
  const folder = await Deno.makeTempDir();
  const owner = await unprivileged();
  if (owner !== undefined) await Deno.chown(folder, owner.uid, owner.gid);
  const data = `${folder}/data`;
  const init = ["-D", data, "-U", "test", "-A", "trust", "--no-sync", "-E", "UTF8", "--no-locale"];
  const made = await new Deno.Command(initdb, { ...owner, args: init, cwd: folder }).output();
  if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));

  const port = freePort();
  const args = ["-D", data, "-p", `${port}`, "-h", "127.0.0.1", "-k", "", "-F"];
  const process = new Deno.Command(postgres, {
    ...owner,
    args,
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  for await (const text of process.stderr.values({ preventCancel: true })) {
    said += new TextDecoder().decode(text);
    if (said.includes("ready to accept connections")) break;
  }
  if (!said.includes("ready to accept")) throw new Error(`PostgreSQL does not start: ${said}`);
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      // The one signal that does not wait for the clients.
      process.kill("SIGQUIT");
      await process.stderr.cancel();
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function commands(): Promise<[initdb: string, postgres: string]> {
  const found = await commandsInPath() ?? await commandsOfDebian();
  if (found !== undefined) return found;
  const tried = await aptInstall("postgresql");
  const installed = await commandsOfDebian();
  if (installed !== undefined) return installed;
  throw new Error(`No PostgreSQL: install it, or put initdb and postgres into PATH. ${tried}`);
}

async function commandsInPath(): Promise<[string, string] | undefined> {
  const [initdb, postgres] = await Promise.all(["initdb", "postgres"].map(commandInPath));
  return initdb !== undefined && postgres !== undefined ? [initdb, postgres] : undefined;
}

async function commandsOfDebian(): Promise<[string, string] | undefined> {
  const versions: string[] = [];
  try {
    for await (const { name } of Deno.readDir(DEBIAN)) versions.push(name);
  } catch {
    return undefined;
  }
  const folder = `${DEBIAN}/${versions.sort().at(-1)}/bin`;
  return versions.length > 0 ? [`${folder}/initdb`, `${folder}/postgres`] : undefined;
}

/** Whom it runs as instead of root, which it refuses to be. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const users = await Deno.readTextFile("/etc/passwd");
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  if (uid === undefined) throw new Error("PostgreSQL does not run as root, and has no user");
  return { uid: Number(uid), gid: Number(gid) };
}
