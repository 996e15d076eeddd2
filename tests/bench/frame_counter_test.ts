import { assertEquals } from "@std/assert";
import { concat } from "../../bench/load/frame.ts";
import { FrameCounter } from "../../bench/load/frame_counter.ts";

const PING = new Uint8Array([0x81, 1, 50]);

function message(size: number): Uint8Array {
  if (size < 126) return concat(new Uint8Array([0x81, size]), new Uint8Array(size));
  if (size < 65536) {
    return concat(new Uint8Array([0x81, 126, size >> 8, size & 255]), new Uint8Array(size));
  }
  const head = new Uint8Array(10);
  head.set([0x81, 127]);
  new DataView(head.buffer).setUint32(6, size);
  return concat(head, new Uint8Array(size));
}

Deno.test("FrameCounter counts the same however the bytes are cut", () => {
  const stream = concat(message(5), PING, message(300), message(0), message(70_000), PING);
  for (const step of [1, 2, 3, 7, 64, 1000, stream.length]) {
    const counter = new FrameCounter();
    let messages = 0;
    for (let at = 0; at < stream.length; at += step) {
      messages += counter.count(stream.subarray(at, at + step));
    }
    assertEquals([messages, counter.pings, counter.closed], [4, 2, false], `in steps of ${step}`);
  }
});

Deno.test("FrameCounter sees that the server closes", () => {
  const counter = new FrameCounter();
  assertEquals(counter.count(new Uint8Array([0x88, 2, 3, 232])), 0);
  assertEquals(counter.closed, true);
});
