import { ProtocolError } from "../base/errors.ts";
import { isDeeper } from "./json_depth.ts";

/** The packet types of Socket.IO 5, by the number that stands for them. */
export const PacketType: {
  readonly CONNECT: 0;
  readonly DISCONNECT: 1;
  readonly EVENT: 2;
  readonly ACK: 3;
  readonly CONNECT_ERROR: 4;
  readonly BINARY_EVENT: 5;
  readonly BINARY_ACK: 6;
} = Object.freeze({
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
});

/** The number of a packet type. */
export type PacketType = typeof PacketType[keyof typeof PacketType];

/** One Socket.IO packet. */
export interface Packet {
  /** What it is for; `EVENT` and `ACK` with or without binary data. */
  type: PacketType;
  /** The namespace, such as `/`. */
  nsp: string;
  /** The id that ties an event to its acknowledgement. */
  id?: number | undefined;
  /** What it carries. */
  data?: unknown;
  /** How many binary messages follow, if any. */
  attachments?: number;
}

/** A function as `JSON.parse` takes it. */
export type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** Limits and hooks of a decoder. */
export interface DecoderOptions {
  /** Handed to `JSON.parse`. */
  reviver?: Reviver | undefined;
  /**
   * How many binary attachments a packet may announce.
   *
   * @default 10
   */
  maxAttachments?: number;
  /**
   * How many bytes the attachments of a packet may have in all.
   *
   * @default 10_000_000
   */
  maxAttachmentBytes?: number;
  /**
   * How many levels deep lists and objects may be. It is not looked at with a reviver, which may make anything of them.
   *
   * @default 1_000
   */
  maxDepth?: number;
}

/** The names of events that a socket fires itself, so that nobody can send them. */
export const RESERVED_EVENTS: ReadonlySet<string | symbol> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

const SHORTEST_RESERVED = "connect".length;

/** Whether an event's name is one that a socket fires itself. */
export function isReserved(name: string | symbol): boolean {
  // Most names are too short to be one, and need not be looked up.
  const mayBe = typeof name === "symbol" || name.length >= SHORTEST_RESERVED;
  return mayBe && RESERVED_EVENTS.has(name);
}

const MESSAGE_HEADS = ["40", "41", "42", "43", "44", "45", "46"] as const;
const ZERO = 48;
const NINE = 57;
const SLASH = 47;
const DASH = 45;
const BRACKET = 91;

/**
 * Writes a packet as text.
 *
 * @param type its type, a binary one if attachments follow
 * @param attachments how many follow
 * @param json its data as JSON, if any
 */
export function encodeText(
  packet: Packet,
  type: PacketType,
  attachments: number,
  json: string | undefined,
): string {
  const count = attachments > 0 ? `${attachments}-` : "";
  return addressed(`${type}${count}`, packet.nsp, packet.id, json ?? "");
}

/** Writes a packet without attachments as text of an engine's message, its type digit included. */
export function encodeMessage(
  type: PacketType,
  nsp: string,
  id: number | undefined,
  json: string,
): string {
  return addressed(MESSAGE_HEADS[type], nsp, id, json);
}

// Joined in one go where it can be: each join more is an object more for each packet. Numbers are joined as a list, since
// a template makes a text of them first, which takes Bun as long as all of the rest.
function addressed(head: string, nsp: string, id: number | undefined, json: string): string {
  if (nsp !== "/") return `${head}${nsp},${id ?? ""}${json}`;
  return id === undefined ? head + json : [head, id, json].join("");
}

/**
 * Reads a packet from text. One that has attachments is of the plain type already.
 *
 * @param start where it begins
 * @throws {ProtocolError} if it is none
 */
export function decodeText(
  text: string,
  start: number,
  options: DecoderOptions,
): Packet {
  const wireType = text.charCodeAt(start) - ZERO;
  if (!(wireType >= PacketType.CONNECT && wireType <= PacketType.BINARY_ACK)) {
    throw new ProtocolError(`unknown packet type ${text.slice(start, start + 1)}`);
  }
  const binary = wireType >= PacketType.BINARY_EVENT;
  const type = (binary ? wireType - 3 : wireType) as PacketType;
  let at = start + 1;
  let attachments = 0;
  if (binary) {
    const end = skipDigits(text, at);
    if (end === at || text.charCodeAt(end) !== DASH) throw new ProtocolError("Illegal attachments");
    attachments = Number(text.slice(at, end));
    if (attachments < 1) throw new ProtocolError("Illegal attachments");
    const { maxAttachments = 10 } = options;
    if (attachments > maxAttachments) {
      throw new ProtocolError(`too many attachments (maxAttachments is ${maxAttachments})`);
    }
    at = end + 1;
  }
  let nsp = "/";
  if (text.charCodeAt(at) === SLASH) {
    const end = text.indexOf(",", at);
    nsp = end < 0 ? text.slice(at) : text.slice(at, end);
    at = end < 0 ? text.length : end + 1;
  }
  const end = skipDigits(text, at);
  const id = readId(text, at, end);
  const data = end < text.length ? readData(text, end, options) : undefined;
  const packet = packetOf(type, nsp, id, data);
  if (attachments > 0) packet.attachments = attachments;
  if (!isValid(packet)) throw new ProtocolError("invalid payload");
  return packet;
}

/**
 * Where the data of an event begins, if the text is an event of the main namespace without attachments.
 *
 * @returns -1 if it is something else
 */
export function eventDataAt(text: string, start: number): number {
  if (text.charCodeAt(start) - ZERO !== PacketType.EVENT) return -1;
  const at = skipDigits(text, start + 1);
  return text.charCodeAt(at) === BRACKET ? at : -1;
}

/** Makes a packet, with all its members from the start: each one added later costs an object another shape. */
export function packetOf(
  type: PacketType,
  nsp: string,
  id: number | undefined,
  data: unknown,
): Packet {
  if (id !== undefined) return { type, nsp, id, data };
  return data === undefined ? { type, nsp } : { type, nsp, data };
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(++at));
  return at;
}

/**
 * Reads the id of a packet.
 *
 * @returns `undefined` if there is none
 * @throws {ProtocolError} if it is too large
 */
export function readId(text: string, start: number, end: number): number | undefined {
  if (start === end) return undefined;
  let id = 0;
  for (let at = start; at < end; at++) id = id * 10 + (text.charCodeAt(at) - ZERO);
  if (id > Number.MAX_SAFE_INTEGER) throw new ProtocolError("invalid packet id");
  return id;
}

/**
 * Reads the data of an event that {@linkcode eventDataAt} has found.
 *
 * @param at where it begins
 * @returns its name and arguments
 * @throws {ProtocolError} if it is none
 */
export function readEvent(text: string, at: number, options: DecoderOptions): unknown[] {
  const data = readData(text, at, options);
  if (!isEvent(data)) throw new ProtocolError("invalid payload");
  return data;
}

/**
 * Reads the data of a packet: the rest of its text.
 *
 * @throws {ProtocolError} if it is no JSON, or too deep
 */
export function readData(
  text: string,
  start: number,
  { reviver, maxDepth = 1_000 }: DecoderOptions,
): unknown {
  const data = parseJson(text.slice(start), reviver);
  if (reviver === undefined && isDeeper(data, maxDepth, text, start)) {
    throw new ProtocolError(`data is too deep (maxDepth is ${maxDepth})`);
  }
  return data;
}

function parseJson(json: string, reviver: Reviver | undefined): unknown {
  try {
    return reviver === undefined ? JSON.parse(json) : JSON.parse(json, reviver);
  } catch {
    throw new ProtocolError("invalid payload");
  }
}

/** Tells whether a packet carries what its type asks for. */
export function isValid(packet: Packet): boolean {
  const { type, id, data } = packet;
  switch (type) {
    case PacketType.CONNECT:
      return id === undefined && (data === undefined || isObject(data));
    case PacketType.DISCONNECT:
      return id === undefined && data === undefined;
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isObject(data);
    case PacketType.EVENT:
    case PacketType.BINARY_EVENT:
      return isEvent(data);
    case PacketType.ACK:
    case PacketType.BINARY_ACK:
      return id !== undefined && Array.isArray(data);
    default:
      return false;
  }
}

/** Tells whether data is what an event carries: its name, and arguments. */
export function isEvent(data: unknown): data is unknown[] {
  return Array.isArray(data) && isEventName(data[0]);
}

function isEventName(name: unknown): boolean {
  return typeof name === "number" || (typeof name === "string" && !isReserved(name));
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
