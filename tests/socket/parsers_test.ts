/** Servers in memory with each of the parsers, official ones from npm included, and what their decoders may let through. */
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { type Packet, PacketType, type Socket } from "../../mod.ts";
import { type ServerRig, type TextClient, withServer } from "../kit/memory_client.ts";
import { messagesOf, type ParserUnderTest } from "../wire/parser_contract.ts";
import { PARSERS } from "../wire/parsers.ts";

interface Client {
  readonly it: TextClient;
  readonly socket: Socket;
  send(packet: Packet): void;
  take(): Packet[];
}

async function connect({ io, client }: ServerRig, { parser }: ParserUnderTest): Promise<Client> {
  const it = await client();
  it.take();
  const packets: Packet[] = [];
  const decoder = new parser.Decoder();
  decoder.on("decoded", (packet) => void packets.push(packet));
  const send = (packet: Packet): void => it.send(...messagesOf(parser, packet));
  const take = (): Packet[] => {
    // What parsers for Node get from the client is a Buffer.
    for (const message of it.take()) {
      decoder.add(typeof message === "string" ? message : Buffer.from(message));
    }
    return packets.splice(0);
  };
  send({ type: PacketType.CONNECT, nsp: "/", data: { token: "a" } });
  const socket = [...io.sockets.sockets.values()].at(-1)!;
  const [{ type, nsp, data } = {} as Packet] = take();
  assertEquals({ type, nsp, data }, { type: 0, nsp: "/", data: { sid: socket.id } });
  return { it, socket, send, take };
}

for (const under of PARSERS) {
  const { name, parser, rubbish, binary } = under;

  Deno.test(`a server with ${name} talks with its client`, () =>
    withServer({ parser }, async (rig) => {
      const { socket, send, take } = await connect(rig, under);
      assertEquals(socket.handshake.auth.token, "a");
      socket.on("x", (value, ack) => ack(value));
      const value = binary ? new Uint8Array([1, 2]) : [1, 2];
      send({ type: PacketType.EVENT, nsp: "/", id: 3, data: ["x", value] });
      socket.emit("y", { deep: value });
      rig.io.emit("z", 1);
      const [ack, y, z] = take();
      assertEquals([ack!.id, y!.nsp], [3, "/"]);
      const bytes = (ack!.data as [Uint8Array])[0];
      assertEquals([...new Uint8Array(bytes)], [1, 2]);
      assertEquals((y!.data as unknown[])[0], "y");
      assertEquals(z!.data, ["z", 1]);
      const answer = socket.timeout(1000).emitWithAck("question");
      const [question] = take();
      send({ type: PacketType.ACK, nsp: "/", id: question!.id!, data: ["well"] });
      assertEquals(await answer, "well");
      send({ type: PacketType.DISCONNECT, nsp: "/" });
      assert(!socket.connected);
    }));

  Deno.test(`a server with ${name} closes the connection that it cannot read, and tells why`, () =>
    withServer({ parser }, async (rig) => {
      const { it, socket } = await connect(rig, under);
      const other = await connect(rig, under);
      const log: unknown[] = [];
      socket.on("error", (error) => void log.push(error instanceof Error));
      socket.on("disconnect", (reason) => void log.push(reason));
      it.send(rubbish);
      assertEquals(log, [true, "forced server close"]);
      assert(it.ws.closed !== undefined);
      assert(other.socket.connected);
    }));

  Deno.test(`a server with ${name} takes no event that only it itself may emit`, () =>
    withServer({ parser }, async (rig) => {
      for (const event of ["disconnect", "disconnecting", "connect", "newListener"]) {
        const { it, socket, send } = await connect(rig, under);
        const seen: unknown[] = [];
        socket.on(event as "disconnect", (reason) => void seen.push(reason));
        send({ type: PacketType.EVENT, nsp: "/", data: [event, "forged"] });
        assert(!seen.includes("forged"), event);
        assert(it.ws.closed !== undefined, event);
      }
    }));
}

const STRANGE: unknown[] = [
  undefined,
  null,
  7,
  {},
  { type: 2 },
  { type: 2, nsp: 1, data: ["a"] },
  { type: 2, nsp: "/", data: "text" },
  { type: 2, nsp: "/", data: [] },
  { type: 2, nsp: "/", data: [{}] },
  { type: 3, nsp: "/", data: [] },
  { type: 3, nsp: "/", id: 1 },
  { type: 1, nsp: "/", data: [1] },
  { type: 9, nsp: "/", data: ["a"] },
];

for (const [i, packet] of STRANGE.entries()) {
  Deno.test(`a connection is closed whose decoder says ${JSON.stringify(packet)}, ${i}`, async () => {
    const { Encoder, Decoder } = PARSERS.find(({ binary }) => !binary)!.parser;
    class Strange extends Decoder {
      #listener: ((packet: Packet) => void) | undefined;

      override on(event: "decoded", listener: (packet: Packet) => void): void {
        this.#listener = listener;
        super.on(event, listener);
      }

      override add(message: string | Uint8Array): void {
        if (message === "strange") this.#listener?.(packet as Packet);
        else super.add(message);
      }
    }
    const under = { ...PARSERS.at(-1)!, parser: { Encoder, Decoder: Strange } };
    await withServer({ parser: under.parser }, async (rig) => {
      const { it, socket } = await connect(rig, under);
      const seen: unknown[] = [];
      socket.onAny((...args) => void seen.push(args));
      it.send("strange");
      assertEquals([seen, socket.connected, it.ws.closed !== undefined], [[], false, true]);
    });
  });
}
