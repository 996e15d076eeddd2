import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { AckTimeoutError, DisconnectedError, ProtocolError } from "../../src/base/errors.ts";

Deno.test("ProtocolError is a SyntaxError with its own name", () => {
  const error = new ProtocolError("bad", { cause: 1 });
  assertInstanceOf(error, SyntaxError);
  assertEquals(String(error), "ProtocolError: bad");
  assertEquals(error.cause, 1);
});

Deno.test("AckTimeoutError says what the official server says, and may hold responses", () => {
  const error = new AckTimeoutError();
  assertInstanceOf(error, Error);
  assertEquals(String(error), "AckTimeoutError: operation has timed out");
  assertEquals(error.responses, undefined);
  error.responses = [1];
  assertEquals(error.responses, [1]);
});

Deno.test("DisconnectedError says what the official server says, and why", () => {
  const error = new DisconnectedError("ping timeout");
  assertInstanceOf(error, Error);
  assertEquals(String(error), "DisconnectedError: socket has been disconnected");
  assertEquals(error.reason, "ping timeout");
  assert(!(error instanceof SyntaxError));
});
