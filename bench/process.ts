/** A server process of the bench. */
export class BenchProcess {
  /** Where it listens. */
  readonly ports: readonly number[];
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, ports: readonly number[]) {
    this.#child = child;
    this.ports = ports;
  }

  /** The first of its ports, of which most have only one. */
  get port(): number {
    return this.ports[0]!;
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @param count on how many ports
   * @throws {Error} if it ends instead
   */
  static async start(
    command: readonly string[],
    args: readonly string[] = [],
    count = 1,
  ): Promise<BenchProcess> {
    const child = new Deno.Command(command[0]!, {
      args: [...command.slice(1), ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let said = "";
    const lines = child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of lines.values({ preventCancel: true })) {
      said += text;
      const ports = [...said.matchAll(/^port (\d+)$/mg)].map(([, port]) => Number(port));
      if (ports.length < count) continue;
      const process = new BenchProcess(child, ports);
      // Nothing else is expected from it, but it must not be blocked by a full pipe.
      lines.pipeTo(new WritableStream()).catch(() => {});
      return process;
    }
    throw new Error(`${command.join(" ")} ends before it listens`);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Same as {@linkcode BenchProcess.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
