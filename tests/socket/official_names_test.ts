import { assert, assertEquals } from "@std/assert";
import { Decoder, Encoder, type Namespace, type Parser, Server } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

/** What packages for the official server read of one. */
interface Official {
  readonly _nsps: Map<string, Namespace>;
  readonly _opts: unknown;
  readonly _parser: Parser;
  readonly encoder: unknown;
}

function official(io: Server): Official {
  return io as unknown as Official;
}

Deno.test("io._nsps holds the namespaces, and one that is deleted there is gone", () => {
  const io = new Server();
  const { _nsps } = official(io);
  const chat = io.of("/chat");
  assertEquals([..._nsps], [["/", io.sockets], ["/chat", chat]]);
  _nsps.delete("/chat");
  assert(io.of("/chat") !== chat);
});

Deno.test("io._opts, _parser and encoder are those of the server", () => {
  const io = new Server();
  assertEquals(official(io)._opts, io.opts);
  assertEquals(official(io)._parser, { Encoder, Decoder });
  assert(official(io).encoder instanceof Encoder);
  class OwnEncoder extends Encoder {}
  const own = new Server({ parser: { Encoder: OwnEncoder, Decoder } });
  assert(official(own)._parser.Encoder === OwnEncoder);
  assert(official(own).encoder instanceof OwnEncoder);
});

Deno.test("official names show in no enumeration", () =>
  withServer({}, async (rig) => {
    const { socket } = await rig.connect();
    for (const it of [rig.io, rig.io.sockets, socket, socket.client]) {
      const names: string[] = [];
      for (const name in it) names.push(name);
      const shown = ["_nsps", "encoder", "_fns", "_ids", "acks", "writeToEngine"]
        .filter((name) => names.includes(name));
      assertEquals(shown, []);
    }
  }));
