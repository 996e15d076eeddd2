/** Random programs. */
import type { Random } from "../../kit/random.ts";
import type {
  Chain,
  ClientOp,
  ClientPlan,
  NamespacePlan,
  Op,
  Program,
  Recipe,
  Step,
} from "./program.ts";
import { randomArguments, TEXTS } from "./recipes.ts";

/** The limits of time, in milliseconds: one that nobody reaches, and one that everybody reaches who does not answer. */
const LONG = { $: "time", v: 900 };
const SHORT = { $: "time", v: 15 };

const RARE = ["/é🦕", "/dyn-1", "/dyn-22", "/asked", "/nowhere"];
/** Where nobody is, nothing happens: two of them more often. */
const NAMESPACES = [...Array<string>(9).fill("/"), ...Array<string>(5).fill("/a"), ...RARE];
const ROOMS = ["r", "r", "r", "s", "s", "t", "", "é", "__proto__", 7, "7"];
/** Names of events that nothing hangs on. */
const PLAIN = [
  "x",
  "y",
  "",
  "7",
  7,
  -1.5,
  "message",
  "error",
  "data",
  "close",
  "open",
  "ping",
  "connection",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "é🦕",
  "\ud83e",
  "\0",
  '"\\,[-',
  "l".repeat(2_000),
];
const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
/** Events of clients that the server does something about. */
const HANDLED = ["a", "b", "c"];

/** Makes a program. */
export function generate(random: Random): Program {
  return new Generator(random).program();
}

class Generator {
  readonly #random: Random;
  #recovers = false;
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  program(): Program {
    const random = this.#random;
    this.#recovers = this.#chance(4);
    const options = {
      cleanupEmptyChildNamespaces: this.#chance(2),
      pingInterval: 60_000,
      ...(this.#recovers ? { connectionStateRecovery: { skipMiddlewares: this.#chance(2) } } : {}),
    };
    const namespaces = [
      this.#namespace({ name: "/" }),
      this.#namespace({ name: "/a" }),
      this.#namespace({ name: "/é🦕" }),
      this.#namespace({ pattern: "^\\/dyn-\\d+$" }),
      this.#namespace({ asked: "/asked", ...this.#maybe(3, { waits: 2 }) }),
    ];
    const clients = Array.from({ length: 1 + random.below(4) }, (_, n) => this.#client(n));
    const steps: Step[] = clients.map((it) => this.#arrival(it));
    steps.push(this.#gathering(clients));
    for (let n = 6 + random.below(20); n > 0; n--) steps.push(...this.#steps(clients));
    return { options, namespaces, clients, steps };
  }

  #namespace(
    made: Pick<NamespacePlan, "name" | "pattern" | "asked" | "waits">,
  ): NamespacePlan {
    const random = this.#random;
    const some = <T>(most: number, one: (n: number) => T) =>
      Array.from({ length: random.below(most + 1) }, (_, n) => one(n));
    return {
      ...made,
      middlewares: some(2, () => ({
        ...this.#maybe(3, { waits: 1 + random.below(3) }),
        ...this.#maybe(3, { does: [this.#ownOp()] }),
        ...this.#maybe(2, {
          refuses: {
            message: random.pick(TEXTS),
            more: this.#chance(2) ? {} : { data: this.#data() },
          },
        }),
      })),
      packets: this.#chance(4)
        ? some(2, (n) => ({
          // Officially, an event that is refused before it has to wait overtakes those that do.
          ...(n === 0 ? this.#maybe(3, { waits: 1 + random.below(3) }) : {}),
          ...this.#maybe(2, { refuses: random.pick(["x", "y", "a", "ask"]) }),
          ...this.#maybe(3, { adds: true }),
        }))
        : [],
      connection: [
        // Without an event, a client has no offset, and officially no state to come back to.
        ...this.#recovers ? [this.#hello()] : [],
        ...some(2, () => this.#chance(2) ? this.#ownOp() : this.#ownWord()),
      ],
      disconnecting: some(2, () => ({ ...this.#ownOp(), ...this.#maybe(3, { later: true }) })),
      disconnect: some(2, () => ({ ...this.#ownOp(), ...this.#maybe(3, { later: true }) })),
      listeners: [
        ...HANDLED.map((name) => [name, this.#reaction()] as const),
        ["kick", [this.#farewell()]],
        ["ask", []],
        ["mute", []],
        ["poked", []],
        ...PLAIN.filter((it) => it !== "error").map((it) => [String(it), []] as const),
      ],
    };
  }

  #client(n: number): ClientPlan {
    const transports = this.#random.pick(
      [["polling"], ["websocket"], ["websocket"], ["polling", "websocket"]] as const,
    );
    const query = this.#chance(2)
      ? {}
      : { [this.#random.pick(["k", "é", "a b"])]: this.#random.pick(["v", "", "é&=", "🦕"]) };
    return { who: `c${n}`, transports, query, patient: this.#chance(2) };
  }

  #arrival({ who }: ClientPlan): Step {
    const ops: ClientOp[] = [{ does: "connect", nsp: "/" }];
    if (this.#chance(2)) ops.push({ does: "connect", nsp: "/a" });
    while (this.#chance(2)) ops.push(this.#connect(this.#random.pick(NAMESPACES)));
    // Nothing that runs out of time before its client is connected.
    while (this.#chance(3)) ops.push(this.#say(this.#random.pick(NAMESPACES), false));
    return { by: who, ops };
  }

  /** Most sockets go into rooms. */
  #gathering(clients: readonly ClientPlan[]): Step {
    const ops = clients.flatMap(({ who }) =>
      ["/", "/a"].map((nsp) => ({ on: { who, nsp }, chain: [["join", this.#rooms()]] as Chain }))
    );
    return { by: "server", ops };
  }

  #connect(nsp: string): ClientOp {
    const auth = this.#chance(2)
      ? {}
      : this.#chance(3)
      ? { refuse: true }
      : this.#chance(3)
      ? { may: false }
      : { token: this.#data() };
    return { does: "connect", nsp, auth };
  }

  #steps(clients: readonly ClientPlan[]): Step[] {
    const random = this.#random;
    const { who } = random.pick(clients);
    const nsp = random.pick(NAMESPACES);
    switch (random.below(10)) {
      case 0:
        return [{ by: who, ops: [this.#connect(nsp)] }];
      // It comes back by itself only when the server closes: its old connection may end after the new one is there.
      case 1:
      case 2: {
        const between = Array.from({ length: random.below(3) }, () => this.#serverStep(clients));
        return [
          { by: who, ops: [{ does: "leave" }] },
          ...between,
          { by: who, ops: [{ does: "return" }] },
        ];
      }
      case 3:
      case 4:
      case 5:
        return [this.#clientStep(who)];
      default:
        return [this.#serverStep(clients)];
    }
  }

  #clientStep(who: string): Step {
    const random = this.#random;
    const nsp = random.pick(NAMESPACES);
    const ops: ClientOp[] = [];
    // By itself: officially, events right before it are lost, and those behind it find a namespace that is left.
    if (!this.#recovers && this.#chance(6)) {
      const last = random.pick<Chain[number]>([["disconnect"], ["emit", "kick"]]);
      return { by: who, ops: [this.#call(nsp, last)] };
    }
    do ops.push(this.#say(this.#chance(4) ? random.pick(NAMESPACES) : nsp)); while (
      this.#chance(2)
    );
    return { by: who, ops };
  }

  #say(nsp: string, mayWait = true): ClientOp {
    const random = this.#random;
    const flags = this.#chance(5) ? [["compress", this.#chance(2)] as const] : [];
    switch (random.below(6)) {
      case 0: {
        const mute = mayWait && this.#chance(3);
        const name = mute ? "mute" : random.pick(["ask", ...HANDLED]);
        const time = ["timeout", mute ? SHORT : LONG] as const;
        return this.#chance(2)
          ? this.#call(nsp, ...flags, time, ["emitWithAck", name, ...this.#args()])
          : this.#call(nsp, ...flags, time, ["emit", name, ...this.#args(), { $: "callback" }]);
      }
      case 1:
        return this.#call(nsp, ...flags, [
          "emit",
          random.pick(["ask", ...HANDLED]),
          ...this.#args(),
          { $: "callback" },
        ]);
      case 2:
        return this.#call(nsp, ...flags, ["send", ...this.#args()]);
      case 3:
        return this.#call(nsp, ...flags, ["emit", random.pick(PLAIN), ...this.#args()]);
      default:
        return this.#call(nsp, ...flags, ["emit", random.pick(HANDLED), ...this.#args()]);
    }
  }

  #call(nsp: string, ...chain: Chain): ClientOp {
    return { does: "call", nsp, chain };
  }

  #serverStep(clients: readonly ClientPlan[]): Step {
    const random = this.#random;
    const on = () => {
      const nsp = random.pick(NAMESPACES.slice(0, -2));
      return this.#chance(3) ? { nsp } : { who: random.pick(clients).who, nsp };
    };
    const ops: Op[] = [];
    if (this.#chance(6)) {
      while (this.#chance(2)) ops.push(this.#quietly(on()));
      ops.push(this.#parting(on()));
      return { by: "server", ops };
    }
    do ops.push(this.#anything(on())); while (!this.#chance(3));
    return { by: "server", ops };
  }

  /** The end of some sockets. Officially, a state that was recovered once may be so again after any other end. */
  #parting(on: { who?: string; nsp: string }): Op {
    if (this.#recovers) {
      return on.who === undefined ? this.#quietly(on) : { on, chain: [["conn"], ["close"]] };
    }
    if (this.#chance(3)) return { on, chain: [...this.#narrow(), ["emit", "go"]] };
    return on.who === undefined ? this.#sendAway(on) : this.#farewell(on);
  }

  /** What needs no answer. */
  #quietly(on: Op["on"]): Op {
    return "who" in on && on.who !== undefined ? this.#own(on) : this.#broadcast(on, "plain");
  }

  #anything(on: Op["on"]): Op {
    const random = this.#random;
    const isSocket = "self" in on || on.who !== undefined;
    switch (random.below(8)) {
      case 0:
        return { on, chain: [...this.#narrow(), ...this.#ask(true)] };
      case 1:
        return isSocket ? { on, chain: this.#ask(false) } : this.#asksAll(on);
      case 2:
        return isSocket ? this.#own(on) : this.#moves(on);
      case 3:
        return { on, chain: [["emit", random.pick(RESERVED), ...this.#args()]] };
      case 4:
        return isSocket ? this.#word(on) : this.#fetches(on);
      case 5:
        // Officially, what is kept and cannot be written brings the server down when its client is back.
        return this.#recovers ? this.#broadcast(on, "plain") : this.#bad(on);
      default:
        return this.#broadcast(on, "talk");
    }
  }

  #asksAll(on: Op["on"]): Op {
    return { on, chain: this.#ask(true) };
  }

  /** A question: to several, it always has a time limit. */
  #ask(many: boolean): Chain {
    const random = this.#random;
    const mute = this.#chance(3);
    const name = mute ? "mute" : random.pick(["ask", "ask", "twice"]);
    const time: Chain = mute || many || this.#chance(2) ? [["timeout", mute ? SHORT : LONG]] : [];
    const args = this.#marked();
    return this.#chance(2)
      ? [...this.#flags(), ...time, ["emitWithAck", name, ...args]]
      : [...this.#flags(), ...time, ["emit", name, ...args, { $: "callback" }]];
  }

  /** Events whose data cannot be written. */
  #bad(on: Op["on"]): Op {
    return { on, chain: [["emit", "bad", { $: this.#random.pick(["bigint", "cycle"]) }]] };
  }

  #word(on: Op["on"]): Op {
    const random = this.#random;
    const name = random.pick(["poke", ...PLAIN]);
    return { on, chain: [...this.#flags(), ["emit", name, ...this.#marked()]] };
  }

  #broadcast(on: Op["on"], kind: "plain" | "talk"): Op {
    const random = this.#random;
    const isSocket = "self" in on || on.who !== undefined;
    const names = kind === "talk" ? ["poke", ...PLAIN] : PLAIN;
    const narrow = this.#narrow();
    const first: Chain = isSocket && narrow.length === 0 ? [["broadcast"]] : [];
    const flags = this.#flags();
    // Ours has an offset in volatile events, too, so that its clients are not sent what was before them.
    if (!this.#recovers && this.#chance(8)) {
      return { on, chain: [...first, ...narrow, ["volatile"], ["emit", "volatile", 1]] };
    }
    const name = random.pick(names);
    return { on, chain: [...first, ...flags, ...narrow, ["emit", name, ...this.#marked()]] };
  }

  /** Rooms to send to and to leave out. */
  #narrow(): Chain {
    const random = this.#random;
    const chain: (readonly [string, ...Recipe[]])[] = [];
    while (this.#chance(2)) {
      const rooms = this.#chance(3)
        ? Array.from({ length: random.below(3) }, () => random.pick(ROOMS))
        : random.pick(ROOMS);
      chain.push([random.pick(["to", "to", "in", "except"]), rooms]);
      if (this.#chance(6)) chain.push(random.pick([["local"], ["compress", false]] as const));
    }
    return chain;
  }

  #flags(): Chain {
    return this.#chance(4) ? [["compress", this.#chance(2)]] : [];
  }

  #moves(on: Op["on"]): Op {
    const rooms = this.#rooms();
    const method = this.#random.pick(["socketsJoin", "socketsLeave"]);
    return { on, chain: [...this.#narrow(), [method, rooms]] };
  }

  #fetches(on: Op["on"]): Op {
    const random = this.#random;
    const chain: Chain = [...this.#narrow(), ["fetchSockets"]];
    const each: Chain = random.pick([
      [["emit", random.pick(PLAIN), ...this.#marked()]],
      [["join", this.#rooms()]],
      [["leave", random.pick(ROOMS)]],
      [["timeout", LONG], ["emit", "x", ...this.#marked()]],
    ]);
    return this.#chance(2) ? { on, chain } : { on, chain, each };
  }

  /** What a socket does without anybody's answer. */
  #own(on: Op["on"], kinds = 8): Op {
    const random = this.#random;
    switch (random.below(kinds)) {
      case 7:
        return this.#listens(on);
      case 6:
        return { on, chain: [["set", { k: this.#data() }]] };
      case 0:
      case 1:
        return { on, chain: [["join", this.#rooms()]] };
      case 2:
        return { on, chain: [["leave", random.pick(ROOMS)]] };
      case 3:
        return {
          on,
          chain: [random.pick(["rooms", "connected", "recovered", "data"])].map((it) =>
            [it] as const
          ),
        };
      default:
        return this.#broadcast(on, "plain");
    }
  }

  /** Changes who listens. */
  #listens(on: Op["on"]): Op {
    const random = this.#random;
    const listener = { $: "listener", v: random.pick(["one", "two"]) };
    const event = random.pick([...HANDLED, "message", "x", "", "__proto__"]);
    const outgoing = random.pick(["", "Outgoing"]);
    return {
      on,
      chain: random.pick<Chain>([
        [[random.pick(["on", "once", "prependListener", "prependOnceListener"]), event, listener]],
        [[random.pick(["off", "removeListener"]), event, listener]],
        [["removeAllListeners", event]],
        [[`${random.pick(["onAny", "prependAny"])}${outgoing}`, listener]],
        [[`offAny${outgoing}`, ...this.#chance(4) ? [] : [listener]]],
        [["listenerCount", event]],
        [[`listenersAny${outgoing}`]],
      ]),
    };
  }

  #ownOp(): Op {
    return this.#own({ self: true });
  }

  #hello(): Op {
    return { on: { self: true }, chain: [["emit", "hello", "|"]] };
  }

  #ownWord(): Op {
    return this.#word({ self: true });
  }

  #reaction(): Op[] {
    const random = this.#random;
    const mark = this.#recovers ? ["|"] : [];
    const ops: Op[] = [];
    while (this.#chance(2)) {
      const on = { self: true } as const;
      ops.push(
        random.pick([
          // Officially, an event is listened to when the next one has come already: nothing that changes who listens.
          () => this.#own(on, 7),
          () => this.#own(on, 7),
          () => ({ on, chain: [["emit", "x", { $: "args" }, ...mark]] as Chain }),
          () => ({
            on,
            chain: [["to", random.pick(ROOMS)], ["emit", "x", { $: "args" }, ...mark]] as Chain,
          }),
          () => ({ on, chain: this.#ask(false) }),
          () => this.#broadcast(on, "plain"),
        ])(),
      );
    }
    return ops;
  }

  #farewell(on: Op["on"] = { self: true }): Op {
    return {
      on,
      chain: this.#random.pick<Chain>([
        [["disconnect"]],
        [["disconnect", true]],
        [["conn"], ["close"]],
      ]),
    };
  }

  #sendAway(on: Op["on"]): Op {
    const close = this.#chance(2) ? [] : [this.#chance(2)];
    return { on, chain: [...this.#narrow(), ["disconnectSockets", ...close]] };
  }

  #rooms(): Recipe {
    const random = this.#random;
    return this.#chance(2)
      ? random.pick(ROOMS)
      : Array.from({ length: random.below(4) }, () => random.pick(ROOMS));
  }

  #data(): Recipe {
    return this.#args()[0] ?? null;
  }

  #args(): Recipe[] {
    return randomArguments(this.#random);
  }

  /** Arguments that end with a mark, since behind it a server that recovers states puts an offset. */
  #marked(): Recipe[] {
    const args = this.#args();
    return this.#recovers ? [...args, this.#number++, "|"] : args;
  }

  /** True once in so many times. */
  #chance(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  #maybe<T extends object>(times: number, value: T): T | Record<never, never> {
    return this.#chance(times) ? value : {};
  }
}
