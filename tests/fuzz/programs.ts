/** Random programs of servers and clients, played on the official server and on ours. */
import { assertEquals } from "@std/assert";
import { compare } from "../differential/programs/compare.ts";
import { generate } from "../differential/programs/generate.ts";
import { type Servers, startServers } from "../differential/servers.ts";
import type { Fuzzer } from "./fuzzer.ts";

let servers: Promise<Servers> | undefined;

/** The fuzzer. */
export const programs: Fuzzer = {
  name: "programs",
  async round(random) {
    servers ??= startServers(new URL("../differential/programs/", import.meta.url));
    assertEquals(await compare(await servers, generate(random)), undefined);
  },
  async end() {
    await (await servers)?.[Symbol.asyncDispose]();
  },
};
