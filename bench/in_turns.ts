/** How long one runs before the next does, in milliseconds. */
const TURN = 40;

/** How long what is on its way may take before that, in milliseconds. */
const REST = 4;

/** Starts a process, hands it over, and waits for what it finds. */
export type Job<Result> = (started: (child: Deno.ChildProcess) => void) => Promise<Result>;

/** Lets processes run one at a time, each for an instant: what disturbs the machine disturbs them all. */
export async function inTurns<Result>(jobs: readonly Job<Result>[]): Promise<Result[]> {
  const children: Deno.ChildProcess[] = [];
  let over = false;
  const results = Promise.all(jobs.map(async (job) => {
    let own: Deno.ChildProcess | undefined;
    try {
      return await job((child) => children.push(own = child));
    } finally {
      children.splice(children.indexOf(own!), 1);
    }
  })).finally(() => {
    over = true;
    // If one has failed, the others must be able to end.
    for (const child of children) signal(child, "SIGCONT");
  });
  for (let turn = 0; !over; turn++) {
    for (const child of children) signal(child, "SIGSTOP");
    await sleep(REST);
    // While it rested, one may have come or gone.
    const next = children[turn % children.length];
    if (next !== undefined) signal(next, "SIGCONT");
    await sleep(TURN);
  }
  return await results;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It has ended just now.
  }
}
