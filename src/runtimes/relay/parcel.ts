/** What servers in several workers say to each other about a request that one of them has handed to another. */
export type RelayParcel =
  | {
    readonly kind: "request";
    readonly method: string;
    readonly url: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: Uint8Array | undefined;
  }
  /** The answer will take long: the client has to wait for what happens. */
  | { readonly kind: "hold" }
  /** The answer, but for its body. */
  | {
    readonly kind: "head";
    readonly status: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
  }
  /** A part of the answer's body. */
  | { readonly kind: "chunk"; readonly data: Uint8Array }
  /** The answer is complete. */
  | { readonly kind: "end" }
  /** The client did not wait for the answer. */
  | { readonly kind: "cancel" }
  /** The request may become a WebSocket. */
  | {
    readonly kind: "accept";
    readonly headers: readonly (readonly [name: string, value: string])[];
  }
  /** It has become one. */
  | { readonly kind: "open" }
  /** A frame of it, to the client or from it. */
  | { readonly kind: "frame"; readonly data: string | Uint8Array; readonly compress: boolean }
  /** How many bytes of the frames have gone to the network by now. */
  | { readonly kind: "sent"; readonly bytes: number }
  /** It is gone, or shall go. */
  | { readonly kind: "close"; readonly code: number | undefined; readonly reason: string };

/** A parcel on its way: the request is known by who has handed it over, and a number. */
export interface RelayEnvelope {
  /** The server that the client has reached. */
  readonly edge: string;
  /** The request's number there. */
  readonly id: number;
  readonly parcel: RelayParcel;
}

/** How much of a body or a frame there is, in bytes; text counts as if it were ASCII. */
export function sizeOf(data: string | Uint8Array): number {
  return data.length;
}
