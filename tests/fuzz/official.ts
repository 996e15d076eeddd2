/** What is random is played on the official server and on ours. */
import { assertEquals } from "@std/assert";
import { findDifference, type Trial } from "../differential/difference.ts";
import { generateExchange } from "../differential/exchanges/exchange.ts";
import { EXCHANGES } from "../differential/exchanges/trial.ts";
import { generate } from "../differential/programs/generate.ts";
import { PROGRAMS } from "../differential/programs/trial.ts";
import { type Servers, startServers } from "../differential/servers.ts";
import type { Random } from "../kit/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

/** Programs of servers and clients. */
export const programs = comparing("programs", "../differential/programs/", PROGRAMS, generate);
/** Requests and WebSockets. */
export const exchanges = comparing("exchanges", "../differential/", EXCHANGES, generateExchange);

function comparing<T>(
  name: string,
  home: string,
  trial: Trial<T>,
  draw: (random: Random) => T,
): Fuzzer {
  let servers: Promise<Servers> | undefined;
  return {
    name,
    async round(random) {
      servers ??= startServers(new URL(home, import.meta.url));
      assertEquals(await findDifference(await servers, trial, draw(random)), undefined);
    },
    async end() {
      await (await servers)?.[Symbol.asyncDispose]();
    },
  };
}
