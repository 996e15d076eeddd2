import type { DurableObjectStorage } from "./types.ts";

const KEY = "socket.io:alarms";
/** How often an alarm of the user's is tried. */
const ATTEMPTS = 6;
/** How late a heartbeat may be before it is thought to be lost, in milliseconds: a busy object gets its alarm late. */
const LOST_AFTER = 10_000;

interface Schedule {
  /** When a heartbeat is due, if there are clients. */
  beat: number | undefined;
  /** When the last one was. */
  lastBeat: number;
  /** When the user wants to be woken. */
  own: number | undefined;
  /** How often the user's alarm has failed. */
  failures: number;
}

/** What is due when a Durable Object is woken by its alarm. */
export interface Due {
  /** When the heartbeat before this one was due, if one is. */
  readonly beatAfter: number | undefined;
  /** Whether the user wanted to be woken. */
  readonly own: boolean;
}

/** The two alarms that share the one of a Durable Object: that of the heartbeat, and the user's. */
export class Alarms {
  readonly #storage: DurableObjectStorage;
  readonly #interval: number;
  /** Resolved when what an earlier life of the object has set is known. */
  readonly loaded: Promise<void>;
  #schedule: Schedule = { beat: undefined, lastBeat: 0, own: undefined, failures: 0 };

  /** @param interval milliseconds from one heartbeat to the next */
  constructor(storage: DurableObjectStorage, interval: number) {
    this.#storage = storage;
    this.#interval = interval;
    this.loaded = this.#load();
  }

  /** When the user wants to be woken. */
  get own(): number | undefined {
    return this.#schedule.own;
  }

  /** Sees to it that there are heartbeats. */
  start(): Promise<void> | undefined {
    const now = Date.now();
    const { beat } = this.#schedule;
    // If it is lost, somebody else has set the alarm, perhaps.
    if (beat !== undefined && beat > now - LOST_AFTER) return undefined;
    this.#schedule.beat = now + this.#interval;
    return this.#write();
  }

  /**
   * Sets when the user is to be woken, if at all.
   *
   * @throws {TypeError} if that is no time
   */
  async setOwn(time: number | undefined): Promise<void> {
    if (time !== undefined && !Number.isFinite(time)) {
      throw new TypeError("setAlarm needs a Date, or milliseconds since 1970");
    }
    // A constructor may set one.
    await this.loaded;
    this.#schedule.own = time;
    this.#schedule.failures = 0;
    await this.#write();
  }

  /** The alarm has fired: what is due is no longer set, but written down until {@link Alarms.settle} says how it went. */
  take(): Due {
    const now = Date.now();
    const { beat, lastBeat, own } = this.#schedule;
    const due = {
      beatAfter: beat !== undefined && beat <= now ? lastBeat : undefined,
      own: own !== undefined && own <= now,
    };
    if (due.beatAfter !== undefined) {
      this.#schedule.lastBeat = now;
      this.#schedule.beat = undefined;
    }
    if (due.own) this.#schedule.own = undefined;
    return due;
  }

  /**
   * What was due is done.
   *
   * @param clients whether there are any
   * @param failed whether the user's alarm has failed: it is tried again
   */
  async settle(clients: boolean, failed: boolean): Promise<void> {
    const now = Date.now();
    const schedule = this.#schedule;
    schedule.failures = failed ? schedule.failures + 1 : 0;
    if (failed && schedule.failures < ATTEMPTS) {
      schedule.own ??= now + 1000 * 2 ** schedule.failures;
    }
    if (!clients) schedule.beat = undefined;
    else schedule.beat ??= now + this.#interval;
    await this.#write();
  }

  async #load(): Promise<void> {
    this.#schedule = await this.#storage.get<Schedule>(KEY) ?? this.#schedule;
  }

  async #write(): Promise<void> {
    const { beat = Infinity, own = Infinity } = this.#schedule;
    const next = Math.min(beat, own);
    await Promise.all([
      this.#storage.put(KEY, this.#schedule),
      next < Infinity ? this.#storage.setAlarm(next) : this.#storage.deleteAlarm(),
    ]);
  }
}
