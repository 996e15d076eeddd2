import type { BroadcastFlags, BroadcastOptions, Room } from "../socket/adapter.ts";
import { isValid, type Packet, PacketType } from "../wire/socket_packet.ts";

/** The id of an adapter: of one namespace on one server. */
export type ServerId = string;
/** Where a message is in the log of the cluster, if it has one. */
export type Offset = string;

/** The kinds of messages between the servers of a cluster, by the number that stands for them. */
export const MessageType: {
  readonly INITIAL_HEARTBEAT: 1;
  readonly HEARTBEAT: 2;
  readonly BROADCAST: 3;
  readonly SOCKETS_JOIN: 4;
  readonly SOCKETS_LEAVE: 5;
  readonly DISCONNECT_SOCKETS: 6;
  readonly FETCH_SOCKETS: 7;
  readonly FETCH_SOCKETS_RESPONSE: 8;
  readonly SERVER_SIDE_EMIT: 9;
  readonly SERVER_SIDE_EMIT_RESPONSE: 10;
  readonly BROADCAST_CLIENT_COUNT: 11;
  readonly BROADCAST_ACK: 12;
  readonly ADAPTER_CLOSE: 13;
} = Object.freeze({
  INITIAL_HEARTBEAT: 1,
  HEARTBEAT: 2,
  BROADCAST: 3,
  SOCKETS_JOIN: 4,
  SOCKETS_LEAVE: 5,
  DISCONNECT_SOCKETS: 6,
  FETCH_SOCKETS: 7,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
});

/** The number of a kind of message. */
export type MessageType = typeof MessageType[keyof typeof MessageType];

/** {@link BroadcastOptions} as they travel. */
export interface EncodedOptions {
  /** The rooms; none for all sockets. */
  rooms: Room[];
  /** The rooms that are left out. */
  except: Room[];
  /** How it is sent. */
  flags?: BroadcastFlags | undefined;
}

/** What a message says. */
export type ClusterMessageBody =
  | {
    type:
      | typeof MessageType.INITIAL_HEARTBEAT
      | typeof MessageType.HEARTBEAT
      | typeof MessageType.ADAPTER_CLOSE;
  }
  | {
    type: typeof MessageType.BROADCAST;
    data: { opts: EncodedOptions; packet: Packet; requestId?: string };
  }
  | {
    type: typeof MessageType.SOCKETS_JOIN | typeof MessageType.SOCKETS_LEAVE;
    data: { opts: EncodedOptions; rooms: Room[] };
  }
  | {
    type: typeof MessageType.DISCONNECT_SOCKETS;
    data: { opts: EncodedOptions; close?: boolean };
  }
  | { type: typeof MessageType.FETCH_SOCKETS; data: { opts: EncodedOptions; requestId: string } }
  | {
    type: typeof MessageType.SERVER_SIDE_EMIT;
    data: { packet: unknown[]; requestId?: string };
  };

/** What an answer says. */
export type ClusterResponseBody =
  | {
    type: typeof MessageType.FETCH_SOCKETS_RESPONSE;
    data: { requestId: string; sockets: unknown[] };
  }
  | {
    type: typeof MessageType.SERVER_SIDE_EMIT_RESPONSE | typeof MessageType.BROADCAST_ACK;
    data: { requestId: string; packet?: unknown };
  }
  | {
    type: typeof MessageType.BROADCAST_CLIENT_COUNT;
    data: { requestId: string; clientCount: number };
  };

/** Who sends. */
export interface Envelope {
  /** The adapter that sends. */
  uid: ServerId;
  /** Its namespace. */
  nsp: string;
}

/** A message to the other servers. */
export type ClusterMessage = Envelope & ClusterMessageBody;
/** An answer to one server. */
export type ClusterResponse = Envelope & ClusterResponseBody;

/** Reads a message or an answer that came over the bus; `undefined` if it is none, or of an unknown kind. */
export function readMessage(value: unknown): ClusterMessage | ClusterResponse | undefined {
  if (!isRecord(value) || typeof value.uid !== "string" || typeof value.nsp !== "string") {
    return undefined;
  }
  const { type } = value;
  const data = isRecord(value.data) ? value.data : {};
  const fits = SHAPES.get(type)?.(data) ?? false;
  return fits ? value as unknown as ClusterMessage | ClusterResponse : undefined;
}

/** Writes options. */
export function encodeOptions({ rooms, except, flags }: BroadcastOptions): EncodedOptions {
  return { rooms: [...rooms], except: [...except ?? []], flags: flags ?? {} };
}

/** Reads options. */
export function decodeOptions({ rooms, except, flags }: EncodedOptions): BroadcastOptions {
  return { rooms: new Set(rooms), except: new Set(except), flags: flags ?? {} };
}

type Fields = Record<string, unknown>;

const SHAPES: ReadonlyMap<unknown, (data: Fields) => boolean> = new Map([
  [MessageType.INITIAL_HEARTBEAT, () => true],
  [MessageType.HEARTBEAT, () => true],
  [MessageType.ADAPTER_CLOSE, () => true],
  [
    MessageType.BROADCAST,
    (data) => hasOptions(data) && isEvent(data.packet) && isOptional(data.requestId),
  ],
  [MessageType.SOCKETS_JOIN, (data) => hasOptions(data) && isRooms(data.rooms)],
  [MessageType.SOCKETS_LEAVE, (data) => hasOptions(data) && isRooms(data.rooms)],
  [MessageType.DISCONNECT_SOCKETS, hasOptions],
  [MessageType.FETCH_SOCKETS, (data) => hasOptions(data) && isText(data.requestId)],
  [
    MessageType.FETCH_SOCKETS_RESPONSE,
    (data) => isText(data.requestId) && Array.isArray(data.sockets) && data.sockets.every(isSocket),
  ],
  [
    MessageType.SERVER_SIDE_EMIT,
    ({ packet, requestId }) => Array.isArray(packet) && isText(packet[0]) && isOptional(requestId),
  ],
  [MessageType.SERVER_SIDE_EMIT_RESPONSE, (data) => isText(data.requestId)],
  [
    MessageType.BROADCAST_CLIENT_COUNT,
    ({ requestId, clientCount }) =>
      isText(requestId) && Number.isInteger(clientCount) && (clientCount as number) >= 0,
  ],
  [MessageType.BROADCAST_ACK, (data) => isText(data.requestId)],
]);

function hasOptions({ opts }: Fields): boolean {
  return isRecord(opts) && isRooms(opts.rooms) && (isAbsent(opts.except) || isRooms(opts.except)) &&
    (isAbsent(opts.flags) || isRecord(opts.flags));
}

function isEvent(packet: unknown): boolean {
  return isRecord(packet) && packet.type === PacketType.EVENT &&
    isValid({ type: PacketType.EVENT, nsp: "/", data: packet.data });
}

function isSocket(value: unknown): boolean {
  return isRecord(value) && isText(value.id) && isRooms(value.rooms) && isRecord(value.handshake);
}

function isRooms(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

// MessagePack has no `undefined`, and writes null for it.
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isOptional(value: unknown): boolean {
  return isAbsent(value) || isText(value);
}
