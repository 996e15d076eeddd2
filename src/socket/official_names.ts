/**
 * What packages for the official server read of its objects, under the names that they know: adapters from npm, the
 * admin UI. It is in no type, and enumerating an object does not show it.
 */
import { type Frame, messageFrame, type MessagePart } from "../wire/frame.ts";
import type { Packet } from "../wire/socket_packet.ts";
import type { BroadcastFlags } from "./adapter.ts";
import { Connection } from "./connection.ts";
import {
  type AnyNamespace,
  middlewaresOf,
  Namespace,
  nextAckId,
  receiveServerSideEvent,
} from "./namespace.ts";
import { sendFrame } from "./send.ts";
import { dropAck, expectAck, notifyOutgoing } from "./sender.ts";
import { type AnySocket, Socket } from "./socket.ts";

/** Gives the objects of a class such members. */
export function addOfficialNames<Owner>(
  prototype: Owner,
  members: object & ThisType<Owner>,
): void {
  const descriptors = Object.getOwnPropertyDescriptors(members);
  for (const it of Object.values<PropertyDescriptor>(descriptors)) it.enumerable = false;
  Object.defineProperties(prototype, descriptors);
}

addOfficialNames<AnyNamespace>(Namespace.prototype, {
  get _fns(): readonly unknown[] {
    return middlewaresOf(this);
  },

  get _ids(): number {
    return nextAckId(this);
  },

  set _ids(_next: number) {
    // Adapters take an id by `_ids++`, which has been done.
  },

  _onServerSideEmit(event: readonly unknown[]): void {
    receiveServerSideEvent(this, event);
  },
});

addOfficialNames<AnySocket>(Socket.prototype, {
  get acks(): unknown {
    return {
      set: (id: number, handler: (response: unknown) => void) =>
        expectAck(this, id, (error, [response]) => {
          if (error === null) handler(response);
        }, undefined),
      delete: (id: number) => dropAck(this, id),
    };
  },

  notifyOutgoingListeners(packet: Packet): void {
    notifyOutgoing(this, packet);
  },
});

/** What was encoded last: an adapter hands the same parts to each receiver. */
const frames = new WeakMap<readonly MessagePart[], Frame>();

addOfficialNames<Connection>(Connection.prototype, {
  writeToEngine(parts: readonly MessagePart[], { volatile, compress }: BroadcastFlags): void {
    let frame = frames.get(parts);
    if (frame === undefined) {
      frames.set(parts, frame = messageFrame([...parts], compress !== false, true));
    }
    sendFrame(this.conn, frame, volatile === true);
  },
});
