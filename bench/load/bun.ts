/** What the load generator uses of Bun: the least JavaScript between it and the network. */

/** A connection. */
export interface TcpSocket {
  /** Sends, and tells how many bytes were taken. */
  write(data: Uint8Array): number;
  /** Closes after what was written. */
  end(): void;
}

/** What a connection tells. */
export interface TcpHandler {
  /** Bytes came. */
  data(socket: TcpSocket, data: Uint8Array): void;
  /** There is room again. */
  drain(socket: TcpSocket): void;
  /** It is gone. */
  close(socket: TcpSocket): void;
  /** It failed. */
  error(socket: TcpSocket, error: Error): void;
}

declare const Bun: {
  connect(options: { hostname: string; port: number; socket: TcpHandler }): Promise<TcpSocket>;
};

/** Connects to a port of the loopback interface. */
export function connect(port: number, socket: TcpHandler): Promise<TcpSocket> {
  return Bun.connect({ hostname: "127.0.0.1", port, socket });
}
