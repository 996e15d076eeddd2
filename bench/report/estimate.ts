import { median } from "./report.ts";

/** What a measurement seems to be. */
export interface Estimate {
  /** The median of all. */
  readonly value: number;
  /** The standard error of that. Twice as much is needed to tell something from nothing. */
  readonly error: number;
}

/** From the median deviation to the standard deviation, and from the error of a mean to that of a median. */
const DEVIATION = 1.4826;
const OF_MEDIAN = 1.2533;

/** Says what some measurements of the same come to, and how sure that is. A few that were disturbed do not matter. */
export function estimate(values: readonly number[]): Estimate {
  const value = median(values);
  const deviation = DEVIATION * median(values.map((it) => Math.abs(it - value)));
  return { value, error: OF_MEDIAN * deviation / Math.sqrt(values.length) };
}
