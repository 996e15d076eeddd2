/** The small examples, with the official client on Deno and on Bun, and in a browser. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import type { Socket } from "socket.io-client";
import { launchBrowser } from "../kit/browser.ts";
import type { ServerProcess } from "../kit/process.ts";
import {
  Clients,
  connected,
  event,
  events,
  POLLING,
  refusal,
  UPGRADE,
} from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";

type Join = (auth?: Record<string, unknown>) => Promise<Socket>;

/** Runs a test against an example, on each runtime. */
function example(
  name: string,
  what: string,
  test: (server: ServerProcess, join: Join, clients: Clients) => Promise<void>,
  permissions: string[] = [],
): void {
  for (const runtime of [DENO, BUN]) {
    Deno.test(`${name} ${what}, on ${runtime.name}`, async () => {
      const module = new URL(`../../examples/${name}/main.ts`, import.meta.url);
      await using server = await runtime.serve(module, permissions);
      const clients = new Clients(server.url);
      let count = 0;
      try {
        const join: Join = async (auth = {}) => {
          const socket = clients.create(count++ % 2 === 0 ? UPGRADE : POLLING, "/", { auth });
          await connected(socket);
          return socket;
        };
        await test(server, join, clients);
      } finally {
        await clients.close();
      }
      server.check();
    });
  }
}

/** Opens the page of an example; what goes wrong in it fails the test. */
async function inBrowser(
  name: string,
  test: (open: () => Promise<Page>) => Promise<void>,
): Promise<void> {
  await using server = await DENO.serve(new URL(`../../examples/${name}/main.ts`, import.meta.url));
  await using browser = await launchBrowser();
  const faults: string[] = [];
  await test(async () => {
    const page = await (await browser.newContext()).newPage();
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (it) => {
      if (it.type() === "error" && !it.text().includes("favicon")) faults.push(it.text());
    });
    await page.goto(server.url);
    return page;
  });
  assertEquals(faults.filter((it) => !it.includes("404")), []);
  server.check();
}

type User = { id: string; name: string; online: boolean };

/** Comes as somebody new, and tells who that is. */
async function enter(clients: Clients, auth: Record<string, unknown>) {
  const socket = clients.create(POLLING, "/", { auth });
  const came = event(socket, "session");
  await connected(socket);
  const [session, { id }, messages] = await came as [string, User, { text: string }[]];
  return { socket, session, id, texts: messages.map(({ text }) => text) };
}

example("private_messages", "reach all devices of two, and wait for who is offline", async (
  _server,
  _join,
  clients,
) => {
  const ada = await enter(clients, { name: "Ada" });
  const bob = await enter(clients, { name: "Bob" });
  const phone = await enter(clients, { session: bob.session });
  assertEquals(phone.id, bob.id);
  const seen = [bob, phone].map(({ socket }) => event(socket, "private message"));
  const sent = await ada.socket.emitWithAck("private message", bob.id, "hi");
  for (const it of seen) assertEquals((await it)[0], sent);

  // Ada sees him go, with his last device.
  bob.socket.disconnect();
  const gone = new Promise<void>((resolve) =>
    ada.socket.on("users", (users: User[]) => {
      if (users.some(({ id, online }) => id === bob.id && !online)) resolve();
    })
  );
  phone.socket.disconnect();
  await gone;
  await ada.socket.emitWithAck("private message", bob.id, "where are you?");
  assertEquals((await enter(clients, { session: bob.session })).texts, ["hi", "where are you?"]);
  // Nobody else hears of it.
  assertEquals((await enter(clients, { name: "Eve" })).texts, []);
});

example("private_messages", "refuse what is none", async (_server, _join, clients) => {
  const ada = await enter(clients, { name: "Ada" });
  for (
    const [to, text] of [["nobody", "hi"], [ada.id, ""], [ada.id, {}], [ada.id, "x".repeat(1001)]]
  ) {
    assertEquals(typeof await ada.socket.emitWithAck("private message", to, text), "string");
  }
  ada.socket.emit("private message", ada.id, "without an acknowledgement");
  for (
    const auth of [{}, { name: " " }, { name: "x".repeat(25) }, { session: "guessed" }, {
      name: [],
    }]
  ) {
    const other = clients.create(POLLING, "/", { auth });
    assertEquals((await refusal(other)).message, "What is your name?");
  }
});

const STROKE = ["red", 0, 0.5, 1, 0.25];

example("whiteboard", "shows strokes to all, and to who comes later", async (_server, join) => {
  const [ada, bob] = [await join(), await join()];
  const seen = event(bob, "stroke");
  ada.emit("stroke", STROKE);
  assertEquals((await seen)[0], STROKE);
  for (const bad of [["pink", 0, 0, 1, 1], ["red", 0, 0, 1, 2], ["red", 0, 0, 1], {}, null, "x"]) {
    ada.emit("stroke", bad);
  }
  ada.emit("pen", 0.5, "x");
  const cleared = event(bob, "board");
  ada.emit("clear");
  assertEquals((await cleared)[0], []);
  const again = event(bob, "stroke");
  ada.emit("stroke", STROKE);
  await again;
});

example(
  "whiteboard",
  "gives the whole board first, and tells who left",
  async (_s, join, clients) => {
    const ada = await join();
    ada.emit("stroke", STROKE);
    const late = clients.create(POLLING);
    const board = event(late, "board");
    await connected(late);
    assertEquals(await board, [[STROKE]]);
    const left = event(late, "left");
    const { id } = ada;
    ada.disconnect();
    assertEquals(await left, [id]);
  },
);

const UNKNOWN = "00000000-0000-4000-8000-000000000000";

example(
  "todos",
  "are created, read, updated and deleted, and the others hear of it",
  async (_s, join) => {
    const [ada, bob] = [await join(), await join()];
    const created = event(bob, "todo:created");
    const { data: todo } = await ada.emitWithAck("todo:create", { title: "  Learn  ", done: true });
    assertEquals([todo.title, todo.done], ["Learn", false]);
    assertEquals((await created)[0], todo);
    assertEquals(await bob.emitWithAck("todo:read", todo.id), { data: todo });
    const updated = event(ada, "todo:updated");
    const changes = { id: todo.id, done: true, owner: "bob" };
    assertEquals(await bob.emitWithAck("todo:update", changes), { data: { ...todo, done: true } });
    assertEquals((await updated)[0], { ...todo, done: true });
    assertEquals(await ada.emitWithAck("todo:list"), { data: [{ ...todo, done: true }] });
    const deleted = event(bob, "todo:deleted");
    assertEquals(await ada.emitWithAck("todo:delete", todo.id), { data: todo.id });
    assertEquals((await deleted)[0], todo.id);
    assertEquals(await bob.emitWithAck("todo:list"), { data: [] });
  },
);

example("todos", "say why not", async (_server, join) => {
  const ada = await join();
  const faults: [event: string, argument: unknown, error: RegExp][] = [
    ["todo:create", { title: " " }, /argument 1: title/],
    ["todo:create", {}, /argument 1: title/],
    ["todo:create", null, /argument 1/],
    ["todo:read", "x", /argument 1/],
    ["todo:update", { done: true }, /argument 1: id/],
    ["todo:update", { id: UNKNOWN, done: "yes" }, /argument 1: done/],
    ["todo:read", UNKNOWN, /no such thing/],
    ["todo:update", { id: UNKNOWN }, /no such thing/],
    ["todo:delete", UNKNOWN, /no such thing/],
    ["todo:drop", "all", /has no schema/],
  ];
  for (const [event, argument, error] of faults) {
    assertMatch((await ada.emitWithAck(event, argument)).error, error);
  }
  ada.emit("todo:list");
  assertEquals(await ada.emitWithAck("todo:list"), { data: [] });
});

example("posts", "come in over HTTP and reach those who follow the topic", async (server, join) => {
  const [, token] = await server.printed(/with the token (\S+)\n/);
  const post = (body: unknown, authorization = `Bearer ${token}`) =>
    fetch(`${server.url}/posts`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const [ada, bob] = [await join(), await join()];
  assertEquals(await ada.emitWithAck("follow", "weather", 0), []);
  assertEquals(await bob.emitWithAck("follow", "sports", 0), []);
  const seen = events(ada, "post", 2);
  const statuses: number[] = [];
  for (const [topic, text] of [["weather", "rain"], ["sports", "1:0"], ["weather", "sun"]]) {
    const answer = await post({ topic, text });
    statuses.push(answer.status);
    await answer.body?.cancel();
  }
  assertEquals(statuses, [201, 201, 201]);
  const texts = (await seen).map(([post]) => (post as { text: string }).text);
  assertEquals(texts, ["rain", "sun"]);
  const missed = await bob.emitWithAck("follow", "weather", 1);
  assertEquals(missed.map(({ text }: { text: string }) => text), ["sun"]);
  assertEquals(await bob.emitWithAck("follow", "__proto__", 0), []);

  for (
    const [body, authorization, status] of [
      [{ topic: "weather", text: "x" }, "Bearer wrong", 401],
      [{ topic: "nothing", text: "x" }, undefined, 400],
      [{ topic: "weather", text: " " }, undefined, 400],
      [{ topic: "weather", text: "x".repeat(20_000) }, undefined, 413],
      ["x", undefined, 400],
    ] as const
  ) {
    const answer = await post(body, authorization);
    await answer.body?.cancel();
    assertEquals(answer.status, status, JSON.stringify(body).slice(0, 50));
  }
}, ["--allow-env=POSTS_TOKEN"]);

Deno.test("private_messages talk in a browser, also after a reload", () =>
  inBrowser("private_messages", async (open) => {
    const people: Page[] = [];
    for (const name of ["Ada", "Bob"]) {
      const page = await open();
      await page.fill("#name", name);
      await page.click("#enter button");
      people.push(page);
    }
    const [ada, bob] = people as [Page, Page];
    await ada.click("#users button:text('Bob')");
    await ada.fill("#text", "<b>hi</b>");
    await ada.click("#say button");
    await bob.click("#users button:text('Ada')");
    await bob.waitForSelector("#messages span:text('<b>hi</b>')");
    await bob.reload();
    await bob.click("#users button:text('Ada')");
    await bob.waitForSelector("#messages span:text('<b>hi</b>')");
    assertEquals(await bob.textContent("#who"), "Bob");
  }));

Deno.test("whiteboard draws in a browser what another one draws", () =>
  inBrowser("whiteboard", async (open) => {
    const [ada, bob] = [await open(), await open()];
    await ada.selectOption("#color", "red");
    const box = (await ada.locator("#board").boundingBox())!;
    const place = (x: number, y: number) =>
      [box.x + x * box.width, box.y + y * box.height] as const;
    await ada.mouse.move(...place(0.25, 0.5));
    await ada.mouse.down();
    await ada.mouse.move(...place(0.75, 0.5), { steps: 5 });
    await ada.mouse.up();
    for (const page of [ada, bob, await open()]) {
      await page.waitForFunction(`
        const { data } = board.getContext("2d").getImageData(board.width / 2, board.height / 2, 1, 1);
        data[0] === 255 && data[3] === 255;
      `);
    }
  }));
