/** Servers in processes of their own, on ports of the loopback interface. */

/** How to start a server. */
export interface ServerCommand {
  /** The executable. */
  readonly command: string;
  /** Its arguments, given the port to listen on. */
  readonly args: (port: number) => string[];
  /** What its environment has besides ours, given the port to listen on. */
  readonly env?: (port: number) => Record<string, string>;
  /** What it prints once it listens, if anything: read later, it would be taken for a leak of the test that runs then. */
  readonly greeting?: RegExp;
  /** The lines on its standard error that tell of no error of ours. */
  readonly tolerated?: RegExp;
  /** Puts away what it needed, when it has ended. */
  readonly cleanUp?: () => Promise<void>;
}

/** How long a server may take to fetch its packages and answer, or to end, in milliseconds. */
const PATIENCE = 60_000;

/** Ports that no system gives to whoever asks for any, and no browser refuses: each test process has some of its own. */
const FIRST_PORT = 10_100;
const PORTS = 320;
const PROCESSES = 64;

/** A server process. */
export class ServerProcess {
  /** The port it listens on. */
  readonly port: number;
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #tolerated: RegExp | undefined;
  readonly #cleanUp: (() => Promise<void>) | undefined;
  #code: number | undefined;
  #stdout = "";
  #stderr = "";
  // How much of it a failure has shown already: one error is not the fault of every later test.
  #reported = 0;

  private constructor(command: ServerCommand, port: number) {
    const { args, env, tolerated, cleanUp } = command;
    this.#tolerated = tolerated;
    this.#cleanUp = cleanUp;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#child = new Deno.Command(command.command, {
      args: args(port),
      cwd: new URL("../../", import.meta.url),
      env: { NO_COLOR: "1", ...env?.(port) },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#ended = Promise.all([
      this.#child.status.then(({ code }) => this.#code = code),
      collect(this.#child.stdout, (text) => this.#stdout += text),
      collect(this.#child.stderr, (text) => this.#stderr += text),
    ]);
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @throws {Error} with its output, if it does not
   */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    for (let attempt = 1;; attempt++) {
      const server = new ServerProcess(command, freePort());
      try {
        await server.#answers();
        if (command.greeting !== undefined) await server.printed(command.greeting);
        return server;
      } catch (error) {
        await server.#end();
        // Between the choice of the port and its use, another process may have taken it.
        if (attempt === 3 || !/in use|EADDRINUSE/i.test(server.#stderr)) {
          await command.cleanUp?.();
          throw error;
        }
      }
    }
  }

  /** What the operating system knows it by. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it has printed. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /**
   * Checks that it lives and has printed no error since the last check.
   *
   * @throws {Error} with its output, if not
   */
  check(): void {
    if (this.#code !== undefined) this.#fail(`The server has ended with code ${this.#code}`);
    this.#checkErrors();
  }

  /**
   * Waits until it has printed what a pattern finds, and gives that.
   *
   * @throws {Error} with its output, if that takes too long
   */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      this.check();
      if (Date.now() > deadline) this.#fail(`The server does not print ${pattern}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /**
   * Waits until it ends by itself, and gives its exit code.
   *
   * @throws {Error} with its output, if that takes too long
   */
  async exitCode(): Promise<number> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    return this.#code ?? this.#fail("The server does not end");
  }

  /** Asks it to end, as the operating system does. */
  terminate(): void {
    this.#child.kill("SIGTERM");
  }

  /**
   * Ends it.
   *
   * @throws {Error} with its output, if it has printed an error
   */
  async stop(): Promise<void> {
    await this.#end();
    await this.#cleanUp?.();
    this.#checkErrors();
  }

  /** Same as {@linkcode ServerProcess.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #answers(): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!await accepts(this.port)) {
      this.check();
      if (Date.now() > deadline) this.#fail("The server does not answer");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.check();
  }

  async #end(): Promise<void> {
    try {
      // Asked politely, Deno would wait for the clients that are still there.
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#ended;
  }

  #checkErrors(): void {
    // While it lives, the last line may not be whole yet.
    const end = this.#code === undefined ? this.#stderr.lastIndexOf("\n") + 1 : this.#stderr.length;
    const news = this.#stderr.slice(this.#reported, end).split("\n");
    this.#reported = Math.max(this.#reported, end);
    if (news.some((line) => line !== "" && this.#tolerated?.test(line) !== true)) {
      this.#fail("The server has printed errors");
    }
  }

  #fail(message: string): never {
    const lines = this.#stderr.split("\n");
    const stderr = lines.filter((line) => this.#tolerated?.test(line) !== true).join("\n");
    throw new Error(`${message}\n--- stdout ---\n${this.#stdout}\n--- stderr ---\n${stderr}`);
  }
}

let ports = Math.floor(Math.random() * PORTS);

/**
 * A port that nobody listens on, nor will until it is used, or used again: one that the system chooses may be given to
 * another process meanwhile.
 */
export function freePort(): number {
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + (Deno.pid % PROCESSES) * PORTS + ports++ % PORTS;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("There is no free port");
}

async function accepts(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  add: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) add(text);
}
