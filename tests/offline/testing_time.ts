/**
 * The part of `@std/testing/time` that the tests use, over `@sinonjs/fake-timers`, for machines
 * that cannot reach JSR. Like there, `Date` and the four timer functions are replaced and nothing
 * else; microtasks run before an asynchronous tick, not within it.
 *
 * @module
 */
import { type Clock, withGlobal } from "npm:@sinonjs/fake-timers@15.5.0";

const realSetTimeout = globalThis.setTimeout;
let active: FakeTime | undefined;

/** Thrown when time is faked twice, or restored without having been faked. */
export class TimeError extends Error {
  override name = "TimeError";
}

/** Time that only moves when a test says so. */
export class FakeTime {
  readonly #clock: Clock;

  /** The milliseconds since 1970 at which this time started. */
  readonly start: number;

  constructor(start?: number | string | Date | null) {
    if (active !== undefined) throw new TimeError("Time is already faked");
    this.start = start === undefined || start === null ? Date.now() : new Date(start).getTime();
    if (Number.isNaN(this.start)) throw new TimeError(`Not a time to start at: ${start}`);
    this.#clock = withGlobal(globalThis).install({
      now: this.start,
      toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
    });
    active = this;
  }

  /** The fake milliseconds since 1970; setting it runs the timers that are due until then. */
  get now(): number {
    return this.#clock.now;
  }

  set now(value: number) {
    if (value < this.#clock.now) throw new RangeError("Time cannot go backwards");
    this.#clock.tick(value - this.#clock.now);
  }

  /** Moves on by `ms` and runs the timers that are due. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** Runs the waiting microtasks, then moves on by `ms`. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
  }

  /** Waits one turn of the real event loop, so that everything already settled is handled. */
  runMicrotasks(): Promise<void> {
    return new Promise((resolve) => void realSetTimeout(resolve, 0));
  }

  /** Moves on to the next timer and runs it; `false` if there is none. */
  next(): boolean {
    if (this.#clock.countTimers() === 0) return false;
    this.#clock.next();
    return true;
  }

  /** Gives back the real time. */
  restore(): void {
    if (active !== this) throw new TimeError("Time is already restored");
    this.#clock.uninstall();
    active = undefined;
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
