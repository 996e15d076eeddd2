import type { Sample } from "../load/window.ts";
import type { Machine } from "../machine.ts";

/** What one server reached in one mode. */
export interface Figure {
  /** The mode. */
  readonly mode: string;
  /** The server. */
  readonly server: string;
  /** The median of all rounds. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** Median of the 99th percentiles, where times are measured. */
  readonly p99?: number;
  /** Median of the rates per second. */
  readonly rate: number;
  /** Median of the part of a core that the server was busy. */
  readonly serverBusy: number;
  /** Median of the part of a core that the load generator was busy. */
  readonly generatorBusy: number;
}

/** The outcome of a run. */
export interface Report {
  /** When. */
  readonly date: string;
  /** How to repeat it. */
  readonly command: string;
  /** Where. */
  readonly machine: Machine;
  /** Versions of the rivals. */
  readonly versions: Readonly<Record<string, string>>;
  /** The runtime of each server. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** How often everything was measured. */
  readonly rounds: number;
  /** What a reader should know. */
  readonly notes: readonly string[];
  /** The figures. */
  readonly figures: readonly Figure[];
}

/** Medians of samples, whose keys are mode and server. */
export function summarize(samples: ReadonlyMap<string, readonly Sample[]>): Figure[] {
  return [...samples].map(([key, list]) => {
    const [mode = "", server = ""] = key.split(" ");
    const values = list.map(({ value }) => value);
    const p99s = list.flatMap(({ p99 }) => p99 === undefined ? [] : [p99]);
    return {
      mode,
      server,
      median: median(values),
      min: Math.min(...values),
      max: Math.max(...values),
      rate: median(list.map(({ rate }) => rate)),
      serverBusy: median(list.map(({ server }) => server)),
      generatorBusy: median(list.map(({ generator }) => generator)),
      ...(p99s.length > 0 ? { p99: median(p99s) } : {}),
    };
  });
}

/** The middle one; of an even number, between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return (sorted[half - 1]! + sorted[half]!) / 2;
}

/** How many times better one figure is than another. */
export function ratio(a: number, b: number, lower: boolean | undefined): number {
  return lower ? b / a : a / b;
}
