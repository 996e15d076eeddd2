/** What the front end of the admin UI asks of a server, and is told by it. */
import { assert, assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import {
  Clients,
  collect,
  connected,
  event,
  POLLING,
  refusal,
  UPGRADE,
  WEBSOCKET,
} from "../runtimes/client.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";
import { AdminFront } from "./admin_front.ts";

/** What npm's module asks Deno for: NODE_ENV and DEBUG, the name of the host. */
const PERMISSIONS = ["--allow-env", "--allow-sys"];

const ACTING = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];
const WATCHING = ["AGGREGATED_EVENTS", "ALL_EVENTS"];

/** Makes the clients of one test: of a server, or its front end. */
class Cast {
  readonly #clients: Clients;
  readonly #prefix: string;

  /** @param prefix what the paths of the servers begin with */
  constructor(clients: Clients, prefix: string) {
    this.#clients = clients;
    this.#prefix = prefix;
  }

  /** A client of the application. */
  client(path: string, name: string, { way = WEBSOCKET, nsp = "/" } = {}): Promise<Socket> {
    return this.#clients.connect(way, nsp, { path: this.#prefix + path, auth: { name } });
  }

  /** The socket of a front end that has not connected yet. */
  socket(path: string, auth: Record<string, string> = {}, nsp = "/admin"): Socket {
    return this.#clients.create(WEBSOCKET, nsp, { path: this.#prefix + path, auth });
  }

  /** A front end, and what it was told first. */
  async front(path: string, auth?: Record<string, string>, nsp?: string): Promise<AdminFront> {
    const front = new AdminFront(this.socket(path, auth, nsp));
    await front.open();
    return front;
  }
}

const TESTS: Record<string, (t: Cast) => Promise<void>> = {
  "says what can be done": async (t) => {
    const features = async (path: string, auth?: Record<string, string>, nsp?: string) => {
      const front = await t.front(path, auth, nsp);
      const [config] = await front.told("config");
      return (config as { supportedFeatures: string[] }).supportedFeatures;
    };
    assertEquals(await features("/open"), [...ACTING, ...WATCHING]);
    assertEquals(await features("/locked", { username: "ada", password: "changeit" }), WATCHING);
    assertEquals(await features("/production", {}, "/watch"), [...ACTING, "AGGREGATED_EVENTS"]);
  },

  "lets in who knows the password, and who was let in before": async (t) => {
    for (const auth of [{}, { username: "ada", password: "guess" }, { username: "eve" }]) {
      const { message } = await refusal(t.socket("/locked", auth as Record<string, string>));
      assertEquals(message, "invalid credentials");
    }
    const front = await t.front("/locked", { username: "ada", password: "changeit" });
    const [sessionId] = await front.told("session");
    assertEquals(typeof sessionId, "string");
    await t.front("/locked", { sessionId: sessionId as string });
    const { message } = await refusal(t.socket("/locked", { sessionId: "made up" }));
    assertEquals(message, "invalid credentials");
  },

  "lists the clients that are there": async (t) => {
    const ada = await t.client("/open", "Ada");
    const guest = await t.client("/open", "guest", { way: POLLING, nsp: "/room-1" });
    const front = await t.front("/open");
    const [all] = await front.told("all_sockets") as [Record<string, unknown>[]];
    const of = (id: unknown) => all.find((it) => it.id === id);
    assertEquals(of(ada.id)!.nsp, "/");
    assertEquals(of(ada.id)!.data, { name: "Ada", seen: { times: 1 } });
    assertEquals(of(ada.id)!.rooms, [ada.id]);
    assertEquals(typeof of(ada.id)!.clientId, "string");
    assertEquals(of(ada.id)!.transport, "websocket");
    assertEquals(of(guest.id)!.nsp, "/room-1");
    assertEquals(of(guest.id)!.transport, "polling");
    assertEquals(of(front.socket.id)!.nsp, "/admin");
    const handshake = of(ada.id)!.handshake as Record<string, unknown>;
    assertEquals(Object.keys(handshake).sort(), [
      "address",
      "headers",
      "issued",
      "query",
      "secure",
      "time",
      "url",
      "xdomain",
    ]);
    assertEquals([handshake.address, handshake.secure], ["127.0.0.1", false]);
    assert((handshake.url as string).includes("/open/?EIO=4"));
    assertEquals((handshake.query as Record<string, string>).transport, "websocket");
  },

  "tells of clients that come, change and go": async (t) => {
    const front = await t.front("/open");
    const ada = await t.client("/open", "Ada", { way: UPGRADE });
    const isHers = (it: unknown) => (it as { id: string }).id === ada.id;
    const [came, at] = await front.told("socket_connected", isHers);
    const { data, transport, rooms } = came as Record<string, unknown>;
    assertEquals(data, { name: "Ada", seen: { times: 1 } });
    assertEquals([transport, rooms], ["polling", [ada.id]]);
    assert(!Number.isNaN(Date.parse(at as string)));
    const [moved] = await front.told("socket_updated", (it) => isHers(it) && "transport" in it);
    assertEquals(moved, { id: ada.id, nsp: "/", transport: "websocket" });

    ada.emit("rename", "Ada L.");
    ada.emit("see");
    const changed = JSON.stringify({ name: "Ada L.", seen: { times: 2 } });
    await front.told("socket_updated", (it) => isHers(it) && JSON.stringify(it.data) === changed);

    const { id } = ada;
    ada.disconnect();
    const [nsp, , reason] = await front.told("socket_disconnected", (_nsp, who) => who === id);
    assertEquals([nsp, reason], ["/", "client namespace disconnect"]);
  },

  "tells of rooms": async (t) => {
    const front = await t.front("/open");
    const ada = await t.client("/open", "Ada", { nsp: "/room-2" });
    const bob = await t.client("/open", "Bob");
    bob.emit("enter", "tea");
    const [nsp, room] = await front.told(
      "room_joined",
      (_nsp, room, id) => id === bob.id && room !== bob.id,
    );
    assertEquals([nsp, room], ["/", "tea"]);
    bob.emit("exit", "tea");
    await front.told(
      "room_left",
      (nsp, room, id) => nsp === "/" && room === "tea" && id === bob.id,
    );
    await front.told(
      "room_joined",
      (nsp, room, id) => nsp === "/room-2" && room === ada.id && id === ada.id,
    );
  },

  "tells of events in both directions": async (t) => {
    const front = await t.front("/open");
    const ada = await t.client("/open", "Ada");
    assertEquals(await ada.emitWithAck("echo", "hi"), "hi");
    const [nsp, , args] = await front.told(
      "event_received",
      (_nsp, id, args) => id === ada.id && args[0] === "echo",
    );
    assertEquals([nsp, args], ["/", ["echo", "hi"]]);
    for (const [ask, answer] of [["return", "returned"], ["shout", "shouted"]] as const) {
      ada.emit(ask, 1, { two: 2 });
      const [nsp, , args] = await front.told(
        "event_sent",
        (_nsp, id, args) => id === ada.id && args[0] === answer,
      );
      assertEquals([nsp, args], ["/", [answer, 1, { two: 2 }]]);
    }
  },

  "sends, and moves clients between rooms, one or all": async (t) => {
    const front = await t.front("/open");
    const nsp = "/room-3";
    const [ada, bob] = await Promise.all(
      ["Ada", "Bob"].map((it) => t.client("/open", it, { nsp })),
    ) as [Socket, Socket];
    front.socket.emit("join", nsp, "tea", ada.id);
    await front.told(
      "room_joined",
      (it, room, id) => it === nsp && room === "tea" && id === ada.id,
    );
    front.socket.emit("join", nsp, "all");
    for (const { id } of [ada, bob]) {
      await front.told(
        "room_joined",
        (it, room, who) => it === nsp && room === "all" && who === id,
      );
    }
    const heard = [ada, bob].map((it) => collect(it, "news"));
    const ends = [ada, bob].map((it) => event(it, "end"));
    front.socket.emit("emit", nsp, "tea", "news", "to the room", { n: 1 });
    front.socket.emit("emit", nsp, undefined, "news", "to all");
    front.socket.emit("emit", nsp, bob.id, "news", "to one");
    front.socket.emit("emit", nsp, undefined, "end");
    await Promise.all(ends);
    assertEquals(heard, [[["to the room", { n: 1 }], ["to all"]], [["to all"], ["to one"]]]);

    front.socket.emit("leave", nsp, "tea", ada.id);
    await front.told("room_left", (it, room, id) => it === nsp && room === "tea" && id === ada.id);
    front.socket.emit("leave", nsp, "all");
    for (const { id } of [ada, bob]) {
      await front.told("room_left", (it, room, who) => it === nsp && room === "all" && who === id);
    }
  },

  "disconnects clients, one or all": async (t) => {
    const front = await t.front("/open");
    const nsp = "/room-4";
    const [ada, bob, eve] = await Promise.all(
      ["Ada", "Bob", "Eve"].map((it) => t.client("/open", it, { nsp })),
    ) as [Socket, Socket, Socket];
    // Another namespace keeps the connection of its client open.
    const elsewhere = ada.io.socket("/", {});
    await connected(elsewhere);
    const left = event(ada, "disconnect");
    front.socket.emit("_disconnect", nsp, false, ada.id);
    assertEquals((await left)[0], "io server disconnect");
    assertEquals([elsewhere, bob, eve].map((it) => it.connected), [true, true, true]);
    await connected(ada);
    const closed = [ada, bob, eve].map((it) => event(it.io, "close"));
    front.socket.emit("_disconnect", nsp, true);
    await Promise.all(closed);
  },

  "does nothing if it is read only": async (t) => {
    const front = await t.front("/locked", { username: "ada", password: "changeit" });
    const bob = await t.client("/locked", "Bob");
    const heard = collect(bob, "news");
    front.socket.emit("emit", "/", undefined, "news");
    front.socket.emit("join", "/", "tea");
    front.socket.emit("leave", "/", bob.id);
    front.socket.emit("_disconnect", "/", true);
    // What comes over the same connection is done in its order.
    const elsewhere = front.socket.io.socket("/", {});
    await connected(elsewhere);
    elsewhere.emit("shout", "end");
    await event(bob, "shouted");
    assertEquals(heard, []);
    assertEquals(front.heard("room_joined").map(([, room]) => room).includes("tea"), false);
  },

  "counts connections, packets and bytes": async (t) => {
    const front = await t.front("/counted");
    const ada = await t.client("/counted", "Ada");
    await t.client("/counted", "Bob", { way: POLLING });
    await t.client("/counted", "Eve", { way: UPGRADE });
    await ada.emitWithAck("echo", "€".repeat(1000));
    ada.disconnect();
    const [stats] = await front.told(
      "server_stats",
      ({ aggregatedEvents }) =>
        aggregatedEvents.some(({ type }: { type: string }) => type === "rawDisconnection"),
    );
    assertEquals([stats.clientsCount, stats.pollingClientsCount], [3, 1]);
    assertEquals([...stats.namespaces].sort((a, b) => a.name < b.name ? -1 : 1), [
      { name: "/", socketsCount: 2 },
      { name: "/admin", socketsCount: 1 },
    ]);
    for (const it of ["serverId", "hostname"]) assertEquals(typeof stats[it], "string");
    assert(stats.uptime >= 0 && stats.uptime < 3600);
    const counts = front.counts();
    assertEquals(counts.get("rawConnection"), 4);
    assertEquals(counts.get("rawDisconnection transport close"), 1);
    for (const it of ["packetsIn", "packetsOut"]) assert(counts.get(it)! > 3, it);
    for (const it of ["bytesIn", "bytesOut"]) assert(counts.get(it)! > 3000, it);
    // All else is for development.
    const names = ["config", "server_stats"];
    assertEquals(front.names().filter((it) => !names.includes(it)), []);
  },
};

/**
 * Registers the tests. They run side by side, since some of them wait for what the server tells every two seconds.
 *
 * @param fixture serves what is watched
 * @param prefixes what the paths of its servers begin with: `/npm` for the official package, `/own` for our plugin
 */
export function adminOn(runtime: TestRuntime, fixture: URL, prefixes: readonly string[]): void {
  Deno.test(`${runtime.name}: instrument()`, async (t) => {
    await using server = await runtime.serve(fixture, PERMISSIONS);
    const clients = new Clients(server.url);
    const steps = prefixes.flatMap((prefix) =>
      Object.entries(TESTS).map(([name, test]) =>
        t.step({
          name: `${prefix} ${name}`,
          fn: () => test(new Cast(clients, prefix)),
          // They run while others do.
          sanitizeOps: false,
          sanitizeResources: false,
          sanitizeExit: false,
        })
      )
    );
    await Promise.all(steps);
    await clients.close();
    server.check();
  });
}
