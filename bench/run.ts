/**
 * The task `bench`.
 *
 * ```sh
 * deno task bench                              # servers side by side, in under five minutes
 * deno task bench --modes ack16,rooms --servers ours-bun,framed-bun --rounds 5
 * deno task bench --quick                      # whether it works at all
 * deno task bench --save                       # and writes bench/results
 * deno task bench --json file                  # and writes the figures there
 * deno task bench growth [--save]              # what a delivery costs as things grow
 * deno task bench codecs                       # beside the parsers from npm
 * deno task bench allocations                  # bytes of heap, counted
 * deno task bench guards [--save]              # what guards cost
 * deno task bench price [STARTS]               # the same without a network
 * deno task bench slow [1000]                  # clients that stop reading
 * deno task bench soak [1000000] [deno] [bun] [node]  # what is left of a million visitors
 * ```
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { countAllocations } from "./allocations/count.ts";
import { compare } from "./compare.ts";
import { growth } from "./growth.ts";
import { guards } from "./guards.ts";
import { price } from "./price/main.ts";
import { slowReaders } from "./slow/main.ts";
import { soakAll } from "./soak/main.ts";

const [what, ...rest] = Deno.args;
if (what === "codecs") await benchCodecs();
else if (what === "allocations") console.log(JSON.stringify(await countAllocations(), null, 2));
else if (what === "slow") await slowReaders(rest);
else if (what === "soak") await soakAll(rest);
else if (what === "guards") await guards(rest);
else if (what === "price") await price(rest);
else if (what === "growth") await growth(rest);
else await compare(Deno.args);

async function benchCodecs(): Promise<void> {
  const codecs = fileURLToPath(new URL("codecs.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), { args: ["bench", "-A", ...rest, codecs] });
  const { success } = await child.spawn().status;
  if (!success) throw new Error("The benchmark of the codecs failed");
}
