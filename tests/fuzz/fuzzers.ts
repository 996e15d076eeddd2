import { bus } from "./bus.ts";
import { emits } from "./emits.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { packets } from "./packets.ts";
import { requests } from "./requests.ts";
import { transports } from "./transports.ts";
import { wire } from "./wire.ts";

/** All fuzzers. */
export const FUZZERS: readonly Fuzzer[] = [wire, bus, requests, packets, transports, emits];
