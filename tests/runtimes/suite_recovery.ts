/** Clients that lose their connection and go on where they were. */
import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { collect, connected, event } from "./client.ts";

const PATH = "/recovering";

/** Registers the tests. */
export function recoverySuite({ each }: Behaviour): void {
  for (const quiet of [true, false]) {
    const which = quiet ? "that has seen no event yet" : "whose last event was a volatile one";
    each(`a client ${which} gets what it missed after a loss, before anything new`, async (t) => {
      const { ask } = t.server;
      const socket = await t.connect("/", { path: PATH });
      const seen = collect(socket, "news");
      const { id } = socket as { id: string };
      await ask((io) => io.sockets.sockets.get(id)!.join("room"), PATH);
      if (!quiet) {
        await ask((io) => io.emit("news", 0), PATH);
        await ask((io) => io.volatile.emit("news", "text"), PATH);
        await socket.emitWithAck("ping");
      }
      const before = seen.length;
      const lost = event(socket, "disconnect");
      await ask((io) => io.sockets.sockets.get(id)!.conn.close(), PATH);
      await lost;
      await ask((io) => io.to("room").emit("news", 1), PATH);
      await ask((io) => io.to("elsewhere").emit("news", 2), PATH);
      await ask((io) => io.emit("news", 3), PATH);
      const back = connected(socket);
      socket.connect();
      await back;
      await ask((io) => io.to("room").emit("news", 4), PATH);
      await socket.emitWithAck("ping");
      assertEquals([socket.recovered, socket.id], [true, id]);
      assertEquals(seen.slice(before).map(([n]) => n), [1, 3, 4]);
    });
  }

  each("a client that was made to leave is new when it comes back", async (t) => {
    const socket = await t.connect("/", { path: PATH });
    const { id } = socket as { id: string };
    const left = event(socket, "disconnect");
    await t.server.ask((io) => io.sockets.sockets.get(id)!.disconnect(), PATH);
    await left;
    const back = connected(socket);
    socket.connect();
    await back;
    assertEquals([socket.recovered, socket.id === id], [false, false]);
  });
}
