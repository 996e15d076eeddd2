import { assertEquals, assertStrictEquals } from "@std/assert";
import { withServer } from "../kit/memory_client.ts";

Deno.test("fetchSocket() finds a socket by its id", () =>
  withServer({}, async ({ io, connect }) => {
    const [a] = [await connect(), await connect()];
    assertStrictEquals(await io.fetchSocket(a.socket.id), a.socket as unknown);
    assertEquals(await io.fetchSocket("nobody"), undefined);
    assertEquals(await io.of("/other").fetchSocket(a.socket.id), undefined);
  }));

Deno.test("fetchSocket() finds it only in the rooms it is asked for, and not in those left out", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    socket.join(["red", "blue"]);
    for (
      const [operator, found] of [
        [io.in("red"), true],
        [io.in(["green", "blue"]), true],
        [io.in("green"), false],
        [io.in("red").except("blue"), false],
        [io.except("green"), true],
        [socket.broadcast, false],
      ] as const
    ) {
      assertEquals((await operator.fetchSocket(socket.id)) !== undefined, found);
    }
  }));

Deno.test("fetchSocket() does not take a room of that name for the socket", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    socket.join("a room");
    assertEquals(await io.fetchSocket("a room"), undefined);
  }));

Deno.test("fetchRooms() names the rooms of the sockets, but for each one's own", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    a.socket.join(["red", "blue"]);
    b.socket.join(["red", a.socket.id]);
    assertEquals(await io.fetchRooms(), new Set(["red", "blue"]));
    assertEquals(
      await io.in(b.socket.id).except("blue").fetchRooms(),
      new Set(["red", a.socket.id]),
    );
    assertEquals(await io.of("/empty").fetchRooms(), new Set());
  }));
