/** Clients that vanish while the server writes to them. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { openPolling } from "./raw.ts";
import { BUN, DENO, NODE } from "./test_runtime.ts";

const ROUNDS = 4;

for (const runtime of [DENO, BUN, NODE]) {
  Deno.test(`${runtime.name}: clients that vanish all at once do no harm`, async () => {
    await using server = await runtime.serve(new URL("./fixtures/farewell.ts", import.meta.url));
    for (let round = 0; round < ROUNDS; round++) {
      await killedCrowd(server.url);
      const survivor = await openPolling(server.url);
      assertEquals((await survivor.join()).length, 20, `round ${round}`);
      await survivor.post("1");
    }
    server.check();
  });
}

/** Connects many clients and kills their process. */
async function killedCrowd(url: string): Promise<void> {
  const crowd = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(new URL("./fixtures/crowd.ts", import.meta.url)), url],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = crowd.stdout.getReader();
  await output.read();
  crowd.kill("SIGKILL");
  await output.cancel();
  await crowd.status;
}
