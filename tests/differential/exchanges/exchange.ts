/** Exchanges: what a client does below the packets, as JSON, and random ones. */
import type { Random } from "../../kit/random.ts";

/** Something that a client does, mostly with the session whose number it names. */
export type Move =
  | { readonly does: "request"; readonly query: string; readonly init: Init }
  | { readonly does: "open"; readonly over: "polling" | "websocket"; readonly init: Init }
  | { readonly does: "poll" | "upgrade"; readonly of: number; readonly query: string }
  | { readonly does: "post"; readonly of: number; readonly query: string; readonly init: Init }
  | { readonly does: "frames"; readonly of: number; readonly frames: readonly Frame[] }
  | { readonly does: "close"; readonly of: number };

/** Text, or bytes. */
export type Frame = string | readonly number[];

interface Init {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const QUERIES = ["EIO", "transport", "sid", "t", "b64", "x", "eio"];
const VALUES = [
  "4",
  "3",
  "5",
  "04",
  "",
  "polling",
  "POLLING",
  "constructor",
  "0",
  "é",
];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  { origin: "http://a.example" },
  { origin: "http://x.b.example" },
  { origin: "http://c.example" },
  { "accept-encoding": "gzip" },
  { cookie: "io=x" },
];
const TYPES = ["text/plain", "text/plain;charset=UTF-8", "application/json", ""];
/** What clients send when they are connected; each leaves a session in order. */
const EVENTS = [
  '42["echo",1,"é"]',
  '421["echo",{"a":[]}]',
  '42["unknown"]',
  '42["do","emit with arguments"]',
  '42["do","engine properties"]',
  "40/nowhere,",
];
/** Those with an answer of two frames: officially, a poll that waits gets the first alone. */
const LONG_EVENTS = ['42["do","emit bytes"]'];
/** What a client may always send. */
const NOOPS = ["3", "6"];
const ENDS = [
  "41",
  '42["do","disconnect"]',
  '42["do","disconnect for good"]',
  '42["do","close the connection"]',
];
/** What goes on before a WebSocket is the transport. */
const PROBES: readonly (readonly Frame[])[] = [
  ["2probe"],
  ["2probe", "5"],
  ["2probe", "5"],
  ["2probe", "2probe"],
  ["2probe", "5", '42["echo",1]'],
  ["2probe", "3"],
  ["5"],
  ["2"],
  ["3probe"],
  ['42["echo",1]'],
  ["2probe", '42["echo",1]'],
  [[1, 2]],
  [""],
];

/** What is known of a session. */
interface Known {
  /** Whether it sends over a WebSocket, as far as it should. */
  socket: boolean;
  connected: boolean;
  ended: boolean;
}

/** Makes an exchange. */
export function generateExchange(random: Random): Move[] {
  const sessions: Known[] = [];
  const moves: Move[] = [];
  for (let n = 6 + random.below(12); n > 0; n--) {
    if (sessions.length === 0 || random.below(8) === 0) moves.push(open(random, sessions));
    else moves.push(move(random, sessions));
  }
  return moves;
}

function open(random: Random, sessions: Known[]): Move {
  const socket = random.below(4) === 0;
  sessions.push({ socket, connected: false, ended: false });
  const over = socket ? "websocket" : "polling";
  return { does: "open", over, init: { headers: random.pick(HEADERS) } };
}

function move(random: Random, sessions: Known[]): Move {
  const of = random.below(sessions.length);
  const session = sessions[of]!;
  switch (random.below(session.ended ? 6 : 12)) {
    case 0:
      return oddRequest(random);
    case 1:
    case 2:
      return { does: "poll", of, query: oddity(random) };
    case 3:
      if (!session.socket) return post(random, of, random.pick(NOOPS));
      session.ended = true;
      return { does: "close", of };
    case 4:
      return post(random, of, "1", session);
    case 5:
      return post(random, of, random.pick(NOOPS));
    case 6:
      if (session.socket) return { does: "frames", of, frames: [random.pick(NOOPS)] };
      return { does: "upgrade", of, query: oddity(random) };
    case 7:
      session.socket = true;
      return { does: "frames", of, frames: random.pick(PROBES) };
    default: {
      const what = say(random, session);
      if (!session.socket) return post(random, of, what);
      return { does: "frames", of, frames: [what] };
    }
  }
}

/** What a client says to its socket, or to get one. */
function say(random: Random, session: Known): string {
  if (!session.connected) {
    session.connected = true;
    return "40";
  }
  if (random.below(6) > 0) {
    return random.pick([...EVENTS, ...(session.socket ? LONG_EVENTS : NOOPS)]);
  }
  session.ended = true;
  return random.pick(ENDS);
}

function post(random: Random, of: number, body: string, session?: Known): Move {
  if (session !== undefined) session.ended = true;
  const type = random.below(4) === 0 ? { "content-type": random.pick(TYPES) } : {};
  const headers = { ...random.pick(HEADERS), ...type };
  // Who is not connected cannot send anything.
  const query = body === "40" ? "" : oddity(random);
  return { does: "post", of, query, init: { method: "POST", body, headers } };
}

/** A part of a query that changes what it means, now and then: nothing that the official server never answers. */
function oddity(random: Random): string {
  return random.below(6) > 0 ? "" : `&${random.pick(QUERIES)}=${random.pick(VALUES)}`;
}

function oddRequest(random: Random): Move {
  const parts = ["EIO=4", "transport=polling"].filter(() => random.below(3) > 0);
  for (let n = random.below(3); n > 0; n--) {
    parts.push(`${random.pick(QUERIES)}=${random.pick([...VALUES, "websocket"])}`);
  }
  // Without a query, ours says what may be wrong.
  if (parts.length === 0) parts.push("x");
  const method = random.pick(["GET", "GET", "POST", "OPTIONS"]);
  const body = method === "POST" ? { body: "40" } : {};
  const headers = random.pick(HEADERS);
  return { does: "request", query: parts.join("&"), init: { method, headers, ...body } };
}
