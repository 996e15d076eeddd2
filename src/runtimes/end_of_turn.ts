import type { Timers } from "./types.ts";

/** What can wait for the end of a turn of the event loop. */
export interface Waiting {
  /** Ends the wait. */
  flush(): void;
}

// Each frame is a write of its own, and the write costs most. Broadcasts of one turn go to the same clients: joined, they
// reach each of them in one write.
let due: Waiting[] = [];

/** Calls `flush` at the end of this turn. */
export function atEndOfTurn(waiting: Waiting): void {
  due.push(waiting);
  if (due.length === 1) callAtEndOfTurn(flushDue);
}

/** Calls a function at the end of this turn: a timer would come a millisecond or two later. */
export function callAtEndOfTurn(callback: () => void): void {
  (globalThis as unknown as Timers).setImmediate(callback);
}

function flushDue(): void {
  const waiting = due;
  due = [];
  for (const it of waiting) it.flush();
}
