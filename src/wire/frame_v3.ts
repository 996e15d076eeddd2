import { toBase64 } from "./base64.ts";
import { joinBytes } from "./bytes.ts";
import type { Frame } from "./frame.ts";

type Part = string | Uint8Array<ArrayBuffer>;

/** The type digit of a message, in front of its bytes. */
const MESSAGE = 4;
const TEXT = 0;
const BINARY = 1;
/** Ends a length in a binary payload. */
const LENGTH_END = 255;

const encoder = new TextEncoder();

// Beside the frames, not in them: servers without old clients pay nothing.
const forms = new WeakMap<Frame, FrameV3>();

/** What clients of Engine.IO 3 get of a frame, computed once for all of them. */
export function frameV3(frame: Frame): FrameV3 {
  let form = forms.get(frame);
  if (form === undefined) forms.set(frame, form = new FrameV3(frame.parts));
  return form;
}

/** The forms of a frame in Engine.IO 3, each computed when it is first needed. */
export class FrameV3 {
  readonly #given: readonly Part[];
  #parts: readonly Part[] | undefined;
  #base64: readonly string[] | undefined;
  #payload: string | undefined;
  #binaryPayload: Uint8Array<ArrayBuffer> | undefined;

  /** @param parts the WebSocket frames in Engine.IO 4 */
  constructor(parts: readonly Part[]) {
    this.#given = parts;
  }

  /** Whether it holds bytes. */
  get isBinary(): boolean {
    return this.#given.some((it) => typeof it !== "string");
  }

  /** Its WebSocket frames: bytes have the type in front. */
  get parts(): readonly Part[] {
    return this.#parts ??= this.#given.map((it) =>
      typeof it === "string" ? it : joinBytes([Uint8Array.of(MESSAGE), it])
    );
  }

  /** Its packets for a client that takes text only. */
  get base64Parts(): readonly string[] {
    return this.#base64 ??= this.#given.map((it) =>
      typeof it === "string" ? it : `b${MESSAGE}${toBase64(it)}`
    );
  }

  /** Its part of a text payload. */
  get payload(): string {
    return this.#payload ??= this.base64Parts.map((it) => `${it.length}:${it}`).join("");
  }

  /** Its part of a binary payload. */
  get binaryPayload(): Uint8Array<ArrayBuffer> {
    return this.#binaryPayload ??= joinBytes(this.parts.flatMap((it) => {
      const packet = typeof it === "string" ? encoder.encode(it) : it;
      return [header(typeof it === "string" ? TEXT : BINARY, packet.length), packet];
    }));
  }
}

function header(kind: typeof TEXT | typeof BINARY, length: number): Uint8Array {
  return Uint8Array.of(kind, ...Array.from(String(length), Number), LENGTH_END);
}
