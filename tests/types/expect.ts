/** What the compile-time expectations are written with. They hold if `deno check` accepts them. */

/** Whether two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Accepts `true` alone. */
export function expectType<_Holds extends true>(): void {}
