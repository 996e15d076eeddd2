import { connect, type TcpSocket } from "./bun.ts";
import { concat } from "./frame.ts";

/** A connection that keeps what the network does not take at once. */
export abstract class TcpClient {
  #socket: TcpSocket | undefined;
  #unsent: Uint8Array | undefined;
  readonly #closed = Promise.withResolvers<void>();
  #leaving = false;

  /** Fulfilled when the connection is gone. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Sends bytes. */
  send(bytes: Uint8Array): void {
    if (this.#unsent !== undefined) {
      this.#unsent = concat(this.#unsent, bytes);
      return;
    }
    const taken = this.#socket!.write(bytes);
    if (taken < bytes.length) this.#unsent = bytes.slice(Math.max(taken, 0));
  }

  /** Closes; what happens before must not be an accident. */
  end(): void {
    this.#leaving = true;
    this.#socket?.end();
  }

  /** Tells that the server may close from now on. */
  protected leave(): void {
    this.#leaving = true;
  }

  /** Takes what the server sends. */
  protected abstract receive(bytes: Uint8Array): void;

  /** Connects. */
  protected async open(port: number): Promise<void> {
    this.#socket = await connect(port, {
      data: (_socket, bytes) => this.receive(bytes),
      drain: () => {
        const bytes = this.#unsent;
        this.#unsent = undefined;
        if (bytes !== undefined) this.send(bytes);
      },
      close: () => {
        // A load that loses connections measures nothing.
        if (!this.#leaving) throw new Error("The server closed a connection");
        this.#closed.resolve();
      },
      error: (_socket, error) => {
        throw error;
      },
    });
  }
}
