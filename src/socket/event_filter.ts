import { type Middleware, runMiddlewares, withMiddleware } from "./middleware.ts";

/** What becomes of the events. */
export interface EventFilterHost<Event> {
  /** An event has passed all middlewares. */
  passed(event: Event): void;
  /** A middleware has refused an event. */
  refused(error: unknown): void;
}

/** The middlewares of a socket's events. Events stay in order: behind one that takes its time, the next ones wait. */
export class EventFilter<Event> {
  readonly #host: EventFilterHost<Event>;
  #middlewares: readonly Middleware<Event>[] = [];
  /** The event that is in the middlewares, and those behind it. */
  readonly #waiting: Event[] = [];

  constructor(host: EventFilterHost<Event>) {
    this.#host = host;
  }

  /** How many events wait, the one in the middlewares included. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Adds a middleware. */
  use(fn: Middleware<Event>): void {
    this.#middlewares = withMiddleware(this.#middlewares, fn);
  }

  /** Takes the next event. */
  add(event: Event): void {
    this.#waiting.push(event);
    if (this.#waiting.length === 1) this.#run();
  }

  #run(): void {
    for (let event = this.#waiting[0]; event !== undefined; event = this.#waiting[0]) {
      let passed: boolean | undefined;
      runMiddlewares(this.#middlewares, event, (error) => {
        if (error) this.#host.refused(error);
        else this.#host.passed(event!);
        this.#waiting.shift();
        // Only one that took its time has to set the others going.
        if (passed === false) this.#run();
        passed = true;
      });
      if (passed === undefined) {
        passed = false;
        return;
      }
    }
  }
}
