import type { Fuzzer } from "./fuzzer.ts";
import { transports } from "./transports.ts";
import { wire } from "./wire.ts";

/** All fuzzers. */
export const FUZZERS: readonly Fuzzer[] = [wire, transports];
