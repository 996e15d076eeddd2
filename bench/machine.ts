/** Where something was measured. */
export interface Machine {
  /** The operating system. */
  readonly os: string;
  /** How many cores it has. */
  readonly cores: number;
  /** What kind of cores these are. */
  readonly model: string;
}

/** The machine that this runs on. */
export async function machine(): Promise<Machine> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*: (.*)$/m.exec(text)?.[1] ?? Deno.build.arch;
  return { os: Deno.build.os, cores: navigator.hardwareConcurrency, model };
}
