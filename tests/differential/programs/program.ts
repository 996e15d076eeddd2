/** Programs: what a server and its clients do, as JSON. */

/** A value as JSON, see `make` in `values.mjs`. */
export type Recipe = unknown;

/** A chain of members: a method with its arguments, or a property. */
export type Chain = readonly (readonly [member: string, ...args: Recipe[]])[];

/** Something that the server does. */
export interface Op {
  /** The socket at hand, that of a client, or all of a namespace. */
  readonly on:
    | { readonly self: true }
    | { readonly who?: string; readonly nsp: string };
  readonly chain: Chain;
  /** Whether it waits for the end of what goes on. */
  readonly later?: boolean;
  /** What is done with each socket that it gives. */
  readonly each?: Chain;
}

/** A namespace, and what happens in it. */
export interface NamespacePlan {
  /** One of them says how it is made: by its name, by a pattern, or by a function that knows one name. */
  readonly name?: string;
  readonly pattern?: string;
  readonly asked?: string;
  /** How long the function takes, in milliseconds. */
  readonly waits?: number;
  readonly middlewares: readonly {
    readonly waits?: number;
    readonly does?: readonly Op[];
    /** With what those are refused whose `auth` asks for it. */
    readonly refuses?: { readonly message: string; readonly more: Recipe };
  }[];
  /** What the packets of its clients pass. */
  readonly packets: readonly {
    readonly waits?: number;
    readonly refuses?: string;
    readonly adds?: boolean;
  }[];
  readonly connection: readonly Op[];
  readonly disconnecting: readonly Op[];
  readonly disconnect: readonly Op[];
  readonly listeners: readonly (readonly [event: string, ops: readonly Op[]])[];
}

/** Something that a client does. */
export type ClientOp =
  | { readonly does: "connect"; readonly nsp: string; readonly auth?: Recipe }
  | { readonly does: "call"; readonly nsp: string; readonly chain: Chain }
  | { readonly does: "leave" | "return" };

/** What happens before everything comes to rest. */
export type Step =
  | { readonly by: "server"; readonly ops: readonly Op[] }
  | { readonly by: string; readonly ops: readonly ClientOp[] };

/** A connection, which has sockets in several namespaces. */
export interface ClientPlan {
  readonly who: string;
  readonly transports: readonly ("polling" | "websocket")[];
  readonly query: Readonly<Record<string, string>>;
  /** Whether things go on while it moves to a WebSocket. */
  readonly patient: boolean;
}

/** A program. */
export interface Program {
  readonly options: Readonly<Record<string, unknown>>;
  readonly namespaces: readonly NamespacePlan[];
  readonly clients: readonly ClientPlan[];
  readonly steps: readonly Step[];
}
