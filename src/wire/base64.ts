import { ProtocolError } from "../base/errors.ts";

// In every current runtime, not yet in TypeScript's library.
type WithBase64 = { toBase64?: () => string };
type FromBase64 = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

/** Writes bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  const native = bytes as WithBase64;
  if (native.toBase64 !== undefined) return native.toBase64();
  let binary = "";
  // In slices: the arguments of a call are limited in number.
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(binary);
}

/**
 * Reads base64, padded or not.
 *
 * @throws {ProtocolError} if the text is none
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const native = Uint8Array as FromBase64;
    if (native.fromBase64 !== undefined) return native.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    throw new ProtocolError("invalid base64");
  }
}
