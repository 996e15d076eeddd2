/** How programs are played, and made smaller. */
import { shorterThan, type Trial } from "../difference.ts";
import { play } from "./player.ts";
import type { NamespacePlan, Program } from "./program.ts";

/** Programs. */
export const PROGRAMS: Trial<Program> = { play, smallerThan };

function* smallerThan(program: Program): Iterable<Program> {
  const { steps, namespaces, clients } = program;
  for (const fewer of shorterThan(steps)) yield { ...program, steps: fewer };
  for (const { who } of clients) {
    if (clients.length === 1) break;
    yield {
      ...program,
      clients: clients.filter((it) => it.who !== who),
      steps: steps.filter(({ by }) => by !== who),
    };
  }
  for (const [n, step] of steps.entries()) {
    for (let at = step.ops.length - 1; at >= 0 && step.ops.length > 1; at--) {
      const less = { ...step, ops: step.ops.toSpliced(at, 1) } as typeof step;
      yield { ...program, steps: steps.with(n, less) };
    }
  }
  for (const [n, plan] of namespaces.entries()) {
    for (const less of lessThan(plan)) yield { ...program, namespaces: namespaces.with(n, less) };
  }
}

function* lessThan(plan: NamespacePlan): Iterable<NamespacePlan> {
  for (
    const part of [
      "middlewares",
      "packets",
      "connection",
      "disconnecting",
      "disconnect",
    ] as const
  ) {
    if (plan[part].length > 0) yield { ...plan, [part]: [] };
  }
  if (plan.listeners.some(([name, ops]) => ops.length > 0 && name !== "kick")) {
    yield {
      ...plan,
      listeners: plan.listeners.map(([name, ops]) => [name, name === "kick" ? ops : []]),
    };
  }
}
