import { bus } from "./bus.ts";
import { emits } from "./emits.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { exchanges, programs } from "./official.ts";
import { packets } from "./packets.ts";
import { requests } from "./requests.ts";
import { transports } from "./transports.ts";
import { wire } from "./wire.ts";

/** All fuzzers but those that need servers. */
export const FUZZERS: readonly Fuzzer[] = [wire, bus, requests, packets, transports, emits];

/** Those that start servers of their own; `tests/differential` has their short form. */
export const SERVER_FUZZERS: readonly Fuzzer[] = [programs, exchanges];
