import type { EventsMap } from "./base/events.ts";
import type { Namespace, NamespaceReservedEventsMap } from "./socket/namespace.ts";
import type { Socket } from "./socket/socket.ts";

/** The events of a server beside those of other servers. */
export interface ServerReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  /** A namespace was made. */
  new_namespace: (
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
  /**
   * A handler, a listener or a hook threw, or its promise was rejected; `socket` is set if it was about one. Nothing
   * else happens, and without a listener for this the error goes to `console.error`.
   */
  error: (
    error: unknown,
    socket?: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
}
