import type { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { closeFrame } from "../load/frame.ts";

/** How long a server may take to say what is waited for, in milliseconds. */
const PATIENCE = 20_000;

/** A connection of which every byte is a visit's own. */
export class Wire {
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #changed: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#changed();
    });
    // What follows is a close.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#changed();
    });
  }

  /** Connects. */
  static open(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.off("error", reject);
        resolve(wire);
      });
      socket.once("error", reject);
      const wire = new Wire(socket);
    });
  }

  /** Sends. */
  send(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause();
  }

  /**
   * Waits for a text, and takes what came with it.
   *
   * @throws {Error} if the server closes before, or takes too long
   */
  async until(text: string): Promise<string> {
    await this.#when(() => this.#received.includes(text), text);
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** Waits until the server closes a WebSocket, and agrees. */
  async end(): Promise<void> {
    await this.#when(() => this.#ended || this.#received.includes("\x88"), "a close frame");
    if (!this.#ended) this.send(closeFrame());
    await this.#when(() => this.#ended, "the end");
    this.#socket.destroy();
  }

  /** Breaks the connection off, as a network does. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Closes. */
  close(): void {
    this.#socket.destroy();
  }

  async #when(condition: () => boolean, wanted: string): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed();
    }, PATIENCE);
    while (!condition()) {
      if (late || this.#ended) {
        const how = late ? "It takes too long" : "The server closes";
        throw new Error(`${how} before ${wanted}, after ${this.#received.slice(-200)}`);
      }
      await new Promise<void>((resolve) => this.#changed = resolve);
    }
    clearTimeout(timer);
  }
}
