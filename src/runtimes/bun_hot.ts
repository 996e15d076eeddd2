/** What one evaluation of our modules has made that outlives it. */
interface Evaluation {
  /** Tells it from others. */
  readonly of: object;
  /** Ends what it has made. */
  readonly ends: (() => void)[];
}

interface BunProcess {
  Bun?: unknown;
  process?: { readonly execArgv?: readonly string[] };
  [EVALUATION]?: Evaluation;
}

const EVALUATION: unique symbol = Symbol.for("@fetchio/server, evaluated under bun --hot");
const THIS_ONE = {};

/**
 * Under `bun --hot`, a changed file has all modules evaluated anew in the same process, whose WebSockets stay with what
 * the old modules have made. The first server of the new ones ends them, so that their clients come to it.
 *
 * @param end ends the connections of a server, once there is a newer evaluation
 */
export function endOnHotReload(end: () => void): void {
  const global = globalThis as BunProcess;
  if (global.Bun === undefined || !global.process?.execArgv?.includes("--hot")) return;
  const earlier = global[EVALUATION];
  if (earlier?.of === THIS_ONE) {
    earlier.ends.push(end);
    return;
  }
  global[EVALUATION] = { of: THIS_ONE, ends: [end] };
  earlier?.ends.forEach((end) => end());
}
