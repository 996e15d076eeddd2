import type { AnyNamespace, Server, Socket, Untyped } from "../../../mod.ts";

/** What front ends may be able to do, by the names they know. */
export const COMMANDS: readonly string[] = [
  "EMIT",
  "JOIN",
  "LEAVE",
  "DISCONNECT",
  "MJOIN",
  "MLEAVE",
  "MDISCONNECT",
];

/** What front ends send: each is for the sockets of a namespace that are in a room, or, without one, for all. */
interface Commands {
  emit: (nsp: unknown, among: unknown, event: unknown, ...args: unknown[]) => void;
  join: (nsp: unknown, room: unknown, among: unknown) => void;
  leave: (nsp: unknown, room: unknown, among: unknown) => void;
  _disconnect: (nsp: unknown, close: unknown, among: unknown) => void;
}

/** Does what a front end asks for. */
export function obey(
  io: Server<Untyped, Untyped, Untyped, Untyped>,
  socket: Socket<Commands>,
): void {
  const those = (name: unknown, room: unknown) => {
    const nsp: AnyNamespace | undefined = io.namespaces.get(String(name));
    return typeof room === "string" && room !== "" ? nsp?.in(room) : nsp;
  };
  socket.on("emit", (nsp, among, event, ...args) => {
    those(nsp, among)?.emit(String(event), ...args);
  });
  socket.on("join", (nsp, room, among) => those(nsp, among)?.socketsJoin(String(room)));
  socket.on("leave", (nsp, room, among) => those(nsp, among)?.socketsLeave(String(room)));
  socket.on("_disconnect", (nsp, close, among) => {
    those(nsp, among)?.disconnectSockets(close === true);
  });
}
