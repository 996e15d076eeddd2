/** A server process as the tests see it: they ask it to use its API, and what has happened. */
import type { Server } from "@fetchio/server";
import type { ServerProcess } from "../kit/process.ts";
import type { Answer, Question, SocketView, Step } from "./fixtures/control.ts";

/** How long a test waits for an answer, in milliseconds. */
const PATIENCE = 40_000;

/** What the server's API has thrown. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  /** The answers to a broadcast that came in time. */
  readonly responses: unknown[] | undefined;

  constructor(message: string, responses: unknown[] | undefined) {
    super(message);
    this.responses = responses;
  }
}

/** How a value looks from here. */
export type Viewed<T> = T extends Set<infer Item> ? Item[]
  : T extends { readonly rooms: Set<string> } ? SocketView
  : T extends readonly (infer Item)[] ? Viewed<Item>[]
  : T;

/** The fixture's server. */
export class RemoteServer {
  /** Where it answers. */
  readonly url: string;

  constructor({ url }: ServerProcess) {
    this.url = url;
  }

  /**
   * Uses the API of a server: what `expression` does to the server that it is given is done over
   * there, call by call. Only JSON travels.
   *
   * @param path which of the fixture's servers
   * @throws {RemoteError} what it throws
   */
  readonly ask = async <T>(
    expression: (io: Server) => T,
    path = "/socket.io",
  ): Promise<Viewed<Awaited<T>>> => {
    const steps = stepsOf(expression(recorder([]) as Server));
    return await this.#send({ kind: "evaluate", path, steps }) as Viewed<Awaited<T>>;
  };

  /** Waits for an event in the log of the server, and gives its arguments. */
  async seen(subject: string, event: string): Promise<unknown[]> {
    return await this.#send({ kind: "find", subject, event }) as unknown[];
  }

  /** All that the log has about a subject. */
  async history(subject: string): Promise<[event: string, ...args: unknown[]][]> {
    return await this.#send({ kind: "history", subject }) as [string, ...unknown[]][];
  }

  async #send(question: Question): Promise<unknown> {
    const answer = await this.#post(JSON.stringify(question));
    if ("value" in answer) return answer.value;
    if ("error" in answer) throw new RemoteError(answer.error.message, answer.error.responses);
  }

  async #post(body: string): Promise<Answer> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error(`No answer to ${body}`)), PATIENCE);
    try {
      const { signal } = stop;
      const response = await fetch(`${this.url}/control`, { method: "POST", body, signal });
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
  }
}

const recorded = new WeakMap<object, Step[]>();

/** Stands for the value that the steps lead to, and notes the next step. */
function recorder(steps: Step[]): unknown {
  const proxy = new Proxy(() => {}, {
    get: (_target, name) => recorder([...steps, String(name)]),
    apply: (_target, _self, args) => recorder([...steps, args]),
  });
  recorded.set(proxy, steps);
  return proxy;
}

function stepsOf(value: unknown): Step[] {
  const steps = recorded.get(value as object);
  if (steps === undefined) throw new TypeError("The expression must end in the server's API");
  return steps;
}
