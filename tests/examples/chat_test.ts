import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../kit/browser.ts";
import config from "../../deno.json" with { type: "json" };
import { freePort } from "../kit/process.ts";
import { bunCommand } from "../tools/bun.ts";

const ROOT = new URL("../../", import.meta.url);
/**
 * How long anything may take, in milliseconds: longer than pingInterval and pingTimeout together, after which a page notices a
 * server that went while it was about to move to a WebSocket.
 */
const DEADLINE = 60_000;

for (const runtime of ["Deno", "Bun"] as const) {
  Deno.test(`chat takes two people from joining to leaving over WebSocket, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    await ada.sees("#people bdi", ["Ada"]);
    const grace = await Person.enter(browser, server, "Grace");
    await ada.sees("#people bdi", ["Ada", "Grace"]);
    await grace.sees("#people bdi", ["Grace", "Ada"]);
    await ada.sees("#state", ["connected via websocket"]);
    await grace.sees("#state", ["connected via websocket"]);

    // It does not stay for long, so it is waited for from the start.
    await ada.typesUntil(grace.sees("#typing", ["Ada is typing…"]));
    await ada.say("Hi Grace!");
    await grace.sees("#log .text", ["Hi Grace!"]);
    await grace.sees("#typing", [""]);
    await grace.say("<b>Hi</b> Ada!");
    for (const person of [ada, grace]) {
      await person.sees("#log .text", ["Hi Grace!", "<b>Hi</b> Ada!"]);
      await person.sees("#log .waiting", []);
    }
    await ada.hasSent((it) => it.startsWith("WebSocket 42") && it.includes("Hi Grace!"));
    assert(!ada.sent.some((body) => body.startsWith("POST") && body.includes("Hi Grace!")));

    const news = ada.sees("#news", ["Grace left"]);
    await grace.page.click("#leave");
    await news;
    await ada.sees("#people bdi", ["Ada"]);
    assertEquals([...ada.faults, ...grace.faults, ...server.faults], []);
  });

  Deno.test(`chat does the same by polling where there is no WebSocket, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const blocked = { init: "delete globalThis.WebSocket" };
    const ada = await Person.enter(browser, server, "Ada", blocked);
    const grace = await Person.enter(browser, server, "Grace", blocked);
    await ada.sees("#people bdi", ["Ada", "Grace"]);
    await grace.sees("#people bdi", ["Grace", "Ada"]);

    // It does not stay for long, so it is waited for from the start.
    await ada.typesUntil(grace.sees("#typing", ["Ada is typing…"]));
    await ada.say("Hi Grace!");
    await grace.sees("#log .text", ["Hi Grace!"]);
    await grace.say("Hi Ada!");
    for (const person of [ada, grace]) {
      await person.sees("#log .text", ["Hi Grace!", "Hi Ada!"]);
      await person.sees("#log .waiting", []);
      await person.sees("#state", ["connected via polling"]);
    }
    await ada.hasSent((it) => it.startsWith("POST 42") && it.includes("Hi Grace!"));
    assert(![...ada.sent, ...grace.sent].some((frame) => frame.startsWith("WebSocket")));

    await grace.page.close();
    await ada.sees("#people bdi", ["Ada"]);
    assertEquals([...ada.faults, ...grace.faults, ...server.faults], []);
  });

  Deno.test(`chat goes on when its server has restarted, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const query = "?transports=polling";
    const grace = await Person.enter(browser, server, "Grace", { query });
    await ada.sees("#state", ["connected via websocket"]);
    await grace.sees("#state", ["connected via polling"]);
    await ada.say("before");
    await grace.sees("#log .text", ["before"]);

    await server.stop();
    for (const person of [ada, grace]) await person.sees("#state", ["reconnecting…"]);
    await ada.say("meanwhile");
    await grace.say("me too");
    await ada.sees("#log .waiting .text", ["meanwhile"]);
    await grace.sees("#log .waiting .text", ["me too"]);

    await server.start();
    await ada.sees("#state", ["connected via websocket"]);
    await grace.sees("#state", ["connected via polling"]);
    await ada.sees("#people bdi", ["Ada", "Grace"]);
    await grace.sees("#people bdi", ["Grace", "Ada"]);
    for (const person of [ada, grace]) await person.sees("#log .waiting", []);
    await grace.say("after");
    await ada.sees("#log li:last-child .text", ["after"]);
    for (const person of [ada, grace]) {
      const texts = await person.texts("#log .text");
      assertEquals([texts[0], texts[3]], ["before", "after"]);
      assertEquals(texts.slice(1, -1).sort(), ["me too", "meanwhile"]);
    }
    assertEquals(server.faults, []);
  });

  Deno.test(`chat shows what was said while a page was away, once, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const grace = await Person.enter(browser, server, "Grace");
    await ada.say("one");
    await grace.sees("#log .text", ["one"]);
    await grace.sees("#state", ["connected via websocket"]);

    await grace.page.route("**/socket.io/**", (route) => route.abort());
    await grace.page.evaluate("socket.io.engine.close()");
    await grace.sees("#state", ["reconnecting…"]);
    await ada.say("two");
    await grace.say("three");
    await ada.sees("#log li:not(.waiting) .text", ["one", "two"]);
    await grace.page.unroute("**/socket.io/**");
    for (const person of [ada, grace]) {
      await person.sees("#log li:not(.waiting) .text", ["one", "two", "three"]);
    }
    assertEquals(server.faults, []);
  });

  Deno.test(`chat shows a message once whose confirmation got lost, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const grace = await Person.open(browser, server, { query: "?transports=polling" });

    // From the first "again" on, the server hears that session, but is not heard.
    let muted: string | null = null;
    await grace.page.route("**/socket.io/?*", async (route) => {
      const request = route.request();
      const sid = new URL(request.url()).searchParams.get("sid");
      if (request.postData()?.includes("again")) muted ??= sid;
      const response = await route.fetch();
      await (sid !== null && sid === muted ? route.abort() : route.fulfill({ response }));
    });
    await grace.fillIn("Grace", "tea");
    await grace.sees("#people bdi", ["Grace", "Ada"]);
    await grace.say("again");
    await ada.sees("#log .text", ["again"]);
    await grace.say("done");
    for (const person of [ada, grace]) {
      await person.sees("#log li:not(.waiting) .text", ["again", "done"]);
    }
    await grace.hasSent((it) => it.includes("done"));
    assertEquals(grace.sent.filter((body) => body.includes("again")).length, 2);
    await grace.page.unrouteAll({ behavior: "ignoreErrors" });
    assertEquals(server.faults, []);
  });

  Deno.test(`chat goes on in the tab that was opened last, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const grace = await Person.enter(browser, server, "Grace");
    // A window that a page opens inherits the name and the key that are kept for the session.
    const opened = grace.page.waitForEvent("popup");
    await grace.page.evaluate("void open(location.href)");
    const second = new Person(await opened);
    await second.page.waitForSelector("#people bdi");
    await second.sees("#people bdi", ["Grace", "Ada"]);
    await grace.sees("#state", ["open in another tab"]);
    await ada.sees("#people bdi", ["Ada", "Grace"]);
    await second.say("here I am");
    await ada.sees("#log .text", ["here I am"]);

    await grace.page.click("#resume");
    await second.sees("#state", ["open in another tab"]);
    await grace.sees("#log .text", ["here I am"]);
    await grace.sees("#people bdi", ["Grace", "Ada"]);
    assertEquals(server.faults, []);
  });

  Deno.test(`chat survives a restart by SIGTERM, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const grace = await Person.enter(browser, server, "Grace");
    await ada.sees("#people bdi", ["Ada", "Grace"]);
    // A page that is about to move to a WebSocket would notice late that its server has gone.
    for (const person of [ada, grace]) await person.sees("#state", ["connected via websocket"]);
    // They leave one after the other: the last one sees the other go.
    const alone = grace.sees("#people bdi", ["Grace"]);
    await server.terminate();
    await alone;
    await server.start();
    await ada.sees("#state", ["connected via websocket"]);
    await grace.sees("#state", ["connected via websocket"]);
    await ada.say("here we are");
    await grace.sees("#log li:not(.waiting) .text", ["here we are"]);
    assertEquals(server.faults, []);
  });

  Deno.test(`chat lets nobody take another one's name, on ${runtime}`, async () => {
    await using server = await ChatServer.start(runtime);
    await using browser = await launchBrowser();
    const ada = await Person.enter(browser, server, "Ada");
    const other = await Person.open(browser, server);
    await other.fillIn("ada", "tea");
    await other.sees("#refusal", ["Somebody here is called ada already."]);
    await ada.sees("#people bdi", ["Ada"]);
    await other.fillIn("ada", "coffee");
    await other.sees("#people bdi", ["ada"]);
    assertMatch(other.page.url(), /#coffee$/);
    assertEquals([...ada.faults, ...other.faults, ...server.faults], []);
  });
}

type Runtime = "Deno" | "Bun";

/** The example in a process of its own, which can be started again on the same port. */
class ChatServer {
  /** What it printed after its greeting. */
  readonly faults: string[] = [];
  readonly url: string;
  readonly #runtime: Runtime;
  readonly #port: string;
  #process: Deno.ChildProcess | undefined;
  #output: Promise<unknown> | undefined;

  private constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#port = String(freePort());
    this.url = `http://localhost:${this.#port}/`;
  }

  static async start(runtime: Runtime): Promise<ChatServer> {
    const server = new ChatServer(runtime);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#runtime === "Deno"
      ? [Deno.execPath(), ...config.tasks.start.command.split(" ").slice(1)]
      : [await bunCommand(), "examples/chat/main.ts"];
    const process = new Deno.Command(command!, {
      args,
      cwd: ROOT,
      env: { PORT: this.#port, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#process = process;
    const greeting = Promise.withResolvers<void>();
    let [greeted, before] = [false, ""];
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        if (greeted) this.faults.push(text);
        else before += text;
        greeted ||= text.includes("http://");
        if (greeted) greeting.resolve();
      }
    };
    this.#output = Promise.all([read(process.stdout), read(process.stderr)]);
    this.#output.then(() => greeting.reject(new Error(`The server does not start: ${before}`)));
    const late = setTimeout(() => process.kill("SIGKILL"), DEADLINE);
    await greeting.promise.finally(() => clearTimeout(late));
  }

  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    try {
      process.kill("SIGKILL");
    } catch {
      // It ended by itself, which the signal tells below.
    }
    const { code, signal } = await process.status;
    await this.#output;
    assertEquals(signal, "SIGKILL", `The server ended with ${code}: ${this.faults.join("")}`);
  }

  /** Asks it to end, and waits until it has. */
  async terminate(): Promise<void> {
    const process = this.#process!;
    this.#process = undefined;
    process.kill("SIGTERM");
    const { code, signal } = await process.status;
    await this.#output;
    assertEquals([code, signal], [0, null], this.faults.join(""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** How somebody opens the page. */
interface Opening {
  readonly query?: string;
  /** A script that runs before those of the page. */
  readonly init?: string;
}

/** Somebody with a browser of their own, as far as cookies, storage and connections go. */
class Person {
  readonly page: Page;
  /** What the page sent: bodies of requests, and frames. */
  readonly sent: string[] = [];
  /** Errors in the page. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("request", (request) => {
      if (request.method() === "POST") this.sent.push(`POST ${request.postData()}`);
    });
    page.on("websocket", (socket) => {
      this.sent.push("WebSocket");
      socket.on("framesent", ({ payload }) => this.sent.push(`WebSocket ${payload}`));
    });
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (line) => this.faults.push(`${line.type()}: ${line.text()}`));
  }

  static async open(browser: Browser, server: ChatServer, opening: Opening = {}): Promise<Person> {
    const context = await browser.newContext();
    context.setDefaultTimeout(DEADLINE);
    if (opening.init !== undefined) await context.addInitScript(opening.init);
    const person = new Person(await context.newPage());
    await person.page.goto(server.url + (opening.query ?? ""));
    return person;
  }

  static async enter(
    browser: Browser,
    server: ChatServer,
    name: string,
    opening: Opening = {},
  ): Promise<Person> {
    const person = await Person.open(browser, server, opening);
    await person.fillIn(name, "tea");
    await person.sees("#title", ["tea"]);
    return person;
  }

  async fillIn(name: string, room: string): Promise<void> {
    await this.page.fill("#name", name);
    await this.page.fill("#room", room);
    await this.page.click("#enter button");
  }

  /** Types until somebody sees that: between two polls, nobody would hear of it. */
  async typesUntil(seen: Promise<void>): Promise<void> {
    let over = false;
    const end = (): boolean => over = true;
    seen.then(end, end);
    do await this.page.locator("#text").pressSequentially("Hi", { delay: 100 }); while (!over);
    await seen;
  }

  async say(text: string): Promise<void> {
    await this.page.fill("#text", text);
    await this.page.press("#text", "Enter");
  }

  /** Waits until the browser has told that the page has sent something. */
  async hasSent(matches: (sent: string) => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE;
    while (!this.sent.some(matches)) {
      if (Date.now() > deadline) throw new Error(`It has only sent ${JSON.stringify(this.sent)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allTextContents();
  }

  /** Waits until the elements have these texts. */
  async sees(selector: string, expected: string[]): Promise<void> {
    // Not `waitForFunction`: it needs what the page's policy forbids.
    const actual = await this.page.evaluate(`new Promise((resolve) => {
      const expected = ${JSON.stringify(JSON.stringify(expected))};
      const texts = () => Array.from(document.querySelectorAll("${selector}"), (e) => e.textContent);
      const check = () => JSON.stringify(texts()) === expected && resolve(texts());
      const all = { attributes: true, characterData: true, childList: true, subtree: true };
      new MutationObserver(check).observe(document, all);
      setTimeout(() => resolve(texts()), ${DEADLINE});
      check();
    })`);
    const seen = JSON.stringify(actual) === JSON.stringify(expected);
    assertEquals(actual, expected, seen ? selector : `${selector} of ${await this.#shown()}`);
  }

  /** What there is to see of it, for whom it did not see what it should. */
  async #shown(): Promise<string> {
    const state = await this.page.locator("#you, #state, #people, #refusal, #news")
      .allTextContents();
    const { sent, faults } = this;
    return JSON.stringify({ url: this.page.url(), state, sent: sent.slice(-20), faults });
  }
}
