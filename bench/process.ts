/** A server process of the bench. */
export class BenchProcess {
  /** Where it listens. */
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @throws {Error} if it ends instead
   */
  static async start(command: readonly string[], ...args: string[]): Promise<BenchProcess> {
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
      const port = /^port (\d+)$/m.exec(said)?.[1];
      if (port === undefined) continue;
      const process = new BenchProcess(child, Number(port));
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
