/** What of workerd is used, and of Durable Objects. */

/** What of workerd's globals is used. */
export interface WorkerdGlobal {
  /** Makes both ends of a WebSocket. */
  WebSocketPair: new () => { 0: WorkerdWebSocket; 1: WorkerdWebSocket };
  /** Makes a message and what is sent back without waking an object. */
  WebSocketRequestResponsePair: new (request: string, response: string) => object;
}

/** A WebSocket of workerd's. */
export interface WorkerdWebSocket {
  /** As in browsers. */
  readonly readyState: number;
  /** Unsent bytes; older versions do not tell. */
  readonly bufferedAmount?: number;
  /** As what binary frames arrive: as blobs, unless it is said. */
  binaryType: string;
  /** Begins to receive events. */
  accept(): void;
  /** Sends a frame. Throws when it is closed. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes. */
  close(code?: number, reason?: string): void;
  /** Keeps something with it while its object is put away: 16 KiB at the most. */
  serializeAttachment(value: unknown): void;
  /** What was kept with it. */
  deserializeAttachment(): unknown;
  /** Hears of frames. */
  addEventListener(
    type: "message",
    listener: (event: { data: string | ArrayBuffer }) => void,
  ): void;
  /** Hears of the end. */
  addEventListener(
    type: "close",
    listener: (event: { code: number; reason: string }) => void,
  ): void;
  /** Hears of what broke it: no `close` comes then. */
  addEventListener(type: "error", listener: () => void): void;
}

/** Within which a Durable Object lives. */
export interface DurableObjectState {
  /** Takes a WebSocket that outlives the object in memory. */
  acceptWebSocket(socket: WorkerdWebSocket, tags?: string[]): void;
  /** Those that it has taken under a tag. */
  getWebSockets(tag?: string): WorkerdWebSocket[];
  /** The tags of one. */
  getTags(socket: WorkerdWebSocket): string[];
  /** Answers a message without waking the object. */
  setWebSocketAutoResponse(pair: object): void;
  /** When a message was answered so. */
  getWebSocketAutoResponseTimestamp(socket: WorkerdWebSocket): Date | null;
  /** Lets nothing in until it is done. */
  blockConcurrencyWhile<Result>(callback: () => Promise<Result>): Promise<Result>;
  /** What it keeps. */
  readonly storage: DurableObjectStorage;
}

/** What a Durable Object keeps. */
export interface DurableObjectStorage {
  /** Reads a value. */
  get<Value>(key: string): Promise<Value | undefined>;
  /** Reads the values whose keys begin alike. */
  list<Value>(options: { prefix: string }): Promise<Map<string, Value>>;
  /** Writes a value. */
  put(key: string, value: unknown): Promise<void>;
  /** Removes a value. */
  delete(key: string): Promise<boolean>;
  /** Sets when the object is to be woken: there is one alarm. */
  setAlarm(time: number): Promise<void>;
  /** Lifts the alarm. */
  deleteAlarm(): Promise<void>;
  /** Its database. */
  readonly sql: {
    /** Runs statements, with values in the place of question marks. */
    exec<Row = Record<string, unknown>>(query: string, ...values: unknown[]): { toArray(): Row[] };
  };
}

/** A binding of a Worker that leads to Durable Objects. */
export interface DurableObjectNamespace {
  /** The id of the object of a name. */
  idFromName(name: string): unknown;
  /** Makes a way to an object. */
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}
