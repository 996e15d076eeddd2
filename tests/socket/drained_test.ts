import { assertEquals, assertRejects } from "@std/assert";
import { DisconnectedError } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("drained() lets a server send at the pace of its client", () =>
  withServer({}, async ({ connect, runtime, time, settle }) => {
    const it = await connect();
    const pour = async () => {
      for (let n = 0; n < 4; n++) {
        it.socket.emit("piece", n);
        runtime.buffered += 50_000;
        await it.socket.drained();
      }
    };
    const poured = pour();
    const counts: number[] = [];
    for (let n = 0; n < 3; n++) {
      await time.tickAsync(64);
      await settle();
      counts.push(it.take().length);
      runtime.buffered = 0;
    }
    await poured;
    assertEquals(counts, [2, 2, 0]);
  }));

Deno.test("drained() fails when the client leaves, and after that", () =>
  withServer({}, async ({ connect, runtime, time }) => {
    const { socket, ws } = await connect();
    runtime.buffered = 1_000_000;
    const drained = assertRejects(() => socket.drained(), DisconnectedError);
    ws.close();
    await time.tickAsync(64);
    assertEquals((await drained).reason, "transport close");
    await assertRejects(() => socket.drained(), DisconnectedError);
  }));
