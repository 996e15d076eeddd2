/** What all fuzzers share: rounds that a seed brings back. */
import { Random } from "../kit/random.ts";

/** Tries something random. */
export interface Fuzzer {
  /** Its name, for `--only`. */
  readonly name: string;
  /**
   * One round.
   *
   * @param random the same for the same seed
   * @param trace takes down what is done, for the report of a failure
   */
  round(random: Random, trace: string[]): void | Promise<void>;
  /** Puts away what the rounds have shared. */
  end?(): Promise<void>;
}

/** How long to go on. */
export interface FuzzLimits {
  /** Where the seeds of the rounds come from. */
  readonly seed: number;
  /** How many rounds there are at the most. */
  readonly rounds: number;
  /** When no other round is begun, by `performance.now()`. */
  readonly until: number;
}

/** What a round failed with. Its message tells how to repeat it. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
}

/** How much of what was done a failure shows. */
const SHOWN = 80;

/**
 * Runs rounds, each from a seed of its own.
 *
 * @returns how many
 * @throws {FuzzFailure} what one failed with, also what it left rejected with nobody waiting
 */
export async function fuzz(fuzzer: Fuzzer, { seed, rounds, until }: FuzzLimits): Promise<number> {
  const rejections: unknown[] = [];
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    rejections.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", rejected);
  try {
    let done = 0;
    for (; done < rounds && performance.now() < until; done++) {
      await attempt(fuzzer, (seed + done) >>> 0, rejections);
    }
    return done;
  } finally {
    globalThis.removeEventListener("unhandledrejection", rejected);
  }
}

async function attempt(fuzzer: Fuzzer, seed: number, rejections: unknown[]): Promise<void> {
  const trace: string[] = [];
  try {
    await fuzzer.round(new Random(seed), trace);
    if (rejections.length > 0) throw rejections[0];
  } catch (error) {
    const again = `deno task fuzz --only ${fuzzer.name} --seed ${seed} --rounds 1`;
    const message = `${again}\n  ${trace.slice(-SHOWN).join("\n  ")}`;
    throw new FuzzFailure(message, { cause: error });
  }
}
