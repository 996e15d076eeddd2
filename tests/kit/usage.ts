/** What a process uses, as the operating system sees it: some runtimes do not tell. */

/** Memory and time. */
export interface Usage {
  /** Resident memory in bytes. */
  readonly rss: number;
  /** Processor time in milliseconds, of user and system. */
  readonly cpu: number;
}

/** A tick of Linux, in milliseconds: the same on all its architectures. */
const TICK = 10;

/** What a process of this machine uses. */
export async function usageOf(pid: number): Promise<Usage> {
  return Deno.build.os === "linux" ? await fromProc(pid) : await fromPs(pid);
}

async function fromProc(pid: number): Promise<Usage> {
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((it) => Deno.readTextFile(`/proc/${pid}/${it}`)),
  );
  const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status!)![1]) * 1024;
  // The name in parentheses may have spaces in it.
  const fields = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
  return { rss, cpu: (Number(fields[11]) + Number(fields[12])) * TICK };
}

async function fromPs(pid: number): Promise<Usage> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "rss=,time=", "-p", `${pid}`],
  }).output();
  const [rss, time = ""] = new TextDecoder().decode(stdout).trim().split(/\s+/);
  const seconds = time.split(":").reduce((sum, it) => sum * 60 + Number(it), 0);
  return { rss: Number(rss) * 1024, cpu: seconds * 1000 };
}
