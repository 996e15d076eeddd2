import type { ServerId } from "./cluster_message.ts";

/** Whose answers are awaited: of certain servers, or of some number of them. */
export type Expected = ReadonlySet<ServerId> | number;

/** Receives the answers, and an error if some are missing. */
export type Settle = (error: Error | null, responses: unknown[]) => void;

interface PendingRequest {
  readonly expected: number;
  /** The servers that have not answered yet, if it is known who they are. */
  readonly missing: Set<ServerId> | undefined;
  readonly answered: Set<ServerId>;
  readonly responses: unknown[];
  readonly timer: ReturnType<typeof setTimeout>;
  readonly settle: Settle;
}

/** The requests to other servers that are not answered by all of them yet. Each is settled exactly once. */
export class Requests {
  readonly #pending = new Map<string, PendingRequest>();

  /**
   * Waits for answers.
   *
   * @param timeout after how many milliseconds to give up
   * @param responses those that are there already
   */
  add(
    id: string,
    expected: Expected,
    timeout: number,
    responses: unknown[],
    settle: Settle,
  ): void {
    const timer = setTimeout(() => this.#fail(id), timeout);
    const missing = typeof expected === "number" ? undefined : new Set(expected);
    const count = typeof expected === "number" ? expected : expected.size;
    const answered = new Set<ServerId>();
    this.#pending.set(id, { expected: count, missing, answered, responses, timer, settle });
  }

  /** Adds the answer of a server; its second one is ignored, as is one that nobody waits for. */
  answer(id: string, from: ServerId, responses: readonly unknown[]): void {
    const request = this.#pending.get(id);
    if (request === undefined || request.answered.has(from)) return;
    request.answered.add(from);
    request.missing?.delete(from);
    for (const it of responses) request.responses.push(it);
    this.#check(id, request);
  }

  /** Waits for a server no more: it has left. */
  forget(server: ServerId): void {
    for (const [id, request] of [...this.#pending]) {
      if (request.missing?.delete(server)) this.#check(id, request);
    }
  }

  /** Gives up all. */
  close(): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id);
  }

  #check(id: string, { missing, answered, expected, responses, settle }: PendingRequest): void {
    const open = missing?.size ?? expected - answered.size;
    if (open <= 0 && this.#take(id)) settle(null, responses);
  }

  #fail(id: string): void {
    const request = this.#take(id);
    if (request === undefined) return;
    const { missing, answered, expected, responses, settle } = request;
    const text = missing === undefined
      ? `only ${answered.size} responses received out of ${expected}`
      : `missing ${missing.size} responses`;
    settle(new Error(`timeout reached: ${text}`), responses);
  }

  #take(id: string): PendingRequest | undefined {
    const request = this.#pending.get(id);
    if (request === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(request.timer);
    return request;
  }
}
