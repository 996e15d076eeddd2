/** What is done to each server. */
import { ACTIONS } from "./app.mjs";
import type { Probe } from "./probe.ts";

/** A scenario by its name. */
export type Scenarios = Record<string, (probe: Probe) => Promise<void>>;

const POLLING = "?EIO=4&transport=polling";
const A = "http://a.example";

const REQUESTS: Record<string, [query: string, init?: RequestInit, path?: string]> = {
  "handshake": [POLLING],
  "handshake with b64": [`${POLLING}&b64=1`],
  "handshake with t": [`${POLLING}&t=abc`],
  "handshake of protocol 3": ["?EIO=3&transport=polling"],
  "handshake without protocol": ["?transport=polling"],
  "handshake of protocol 5": ["?EIO=5&transport=polling"],
  "no query": [""],
  "unknown transport": ["?EIO=4&transport=carrier-pigeon"],
  "transport of an object": ["?EIO=4&transport=__proto__"],
  "transport=websocket without upgrade": ["?EIO=4&transport=websocket"],
  "unknown session": [`${POLLING}&sid=abc`],
  "session of an object": [`${POLLING}&sid=__proto__`],
  "empty session": [`${POLLING}&sid=`],
  "POST without session": [POLLING, { method: "POST", body: "40" }],
  "PUT without session": [POLLING, { method: "PUT", body: "40" }],
  "HEAD": [POLLING, { method: "HEAD" }],
  "preflight": ["", {
    method: "OPTIONS",
    headers: { origin: A, "access-control-request-method": "POST" },
  }],
  "preflight with headers": ["", {
    method: "OPTIONS",
    headers: {
      origin: A,
      "access-control-request-method": "POST",
      "access-control-request-headers": "x-a, x-b",
    },
  }],
  "preflight from elsewhere": ["", {
    method: "OPTIONS",
    headers: { origin: "http://evil.example" },
  }],
  "handshake from an origin of the list": [POLLING, { headers: { origin: A } }],
  "handshake from an origin that matches": [POLLING, { headers: { origin: "http://x.b.example" } }],
  "handshake from elsewhere": [POLLING, { headers: { origin: "http://evil.example" } }],
  "error from an origin of the list": ["?EIO=4&transport=x", { headers: { origin: A } }],
  "path without slash": [POLLING, {}, "/socket.io"],
  "path below": [POLLING, {}, "/socket.io/x/"],
  "another path": [POLLING, {}, "/elsewhere/"],
  "bundle with its version as ETag": [
    "",
    { headers: { "if-none-match": '"4.8.4"' } },
    "/socket.io/socket.io.js",
  ],
  "bundle with a weak ETag": [
    "",
    { headers: { "if-none-match": 'W/"4.8.4"' } },
    "/socket.io/socket.io.min.js",
  ],
  "bundle with another ETag": [
    "",
    { headers: { "if-none-match": '"1"' } },
    "/socket.io/socket.io.esm.min.js",
  ],
  "map of a bundle": ["", {}, "/socket.io/socket.io.min.js.map"],
  "bundle that is none": ["", {}, "/socket.io/socket.io.exe"],
};

const POSTS: Record<string, RequestInit> = {
  "connect": { body: "40" },
  "two packets": { body: '40\x1e42["echo",1]' },
  "bytes": { body: '40\x1e451-["echo",{"_placeholder":true,"num":0}]\x1ebAQID' },
  "close": { body: "1" },
  "noop and pong": { body: "6\x1e3" },
  "a ping": { body: "2" },
  "nothing": { body: "" },
  "an unknown type": { body: "9" },
  "half a payload": { body: "40\x1e" },
  "too much": { body: "4" + "x".repeat(10_001) },
  "octets": {
    body: new Uint8Array([52, 48]),
    headers: { "content-type": "application/octet-stream" },
  },
  "another method": { method: "PUT", body: "40" },
  "DELETE": { method: "DELETE" },
  "a protocol of 3 for one of 4": { body: "40", headers: { "x-mismatch": "1" } },
};

const ENGINE_FRAMES: Record<string, (string | Uint8Array<ArrayBuffer>)[]> = {
  "a pong": ["3"],
  "a ping": ["2"],
  "a probe": ["2probe"],
  "an upgrade": ["5"],
  "a noop": ["6"],
  "an open": ["0"],
  "a close": ["1"],
  "an unknown type": ["x"],
  "an empty frame": [""],
  "bytes": [new Uint8Array([1])],
  "too much": ["4" + "x".repeat(10_001)],
};

const SOCKET_FRAMES: Record<string, (string | Uint8Array<ArrayBuffer>)[]> = {
  "an event": ['42["echo",1,"é",null]'],
  "an event with acknowledgement": ['427["echo",1]'],
  "an event that answers twice": ['421["twice"]'],
  "an event nobody listens to": ['42["unknown",1]'],
  "an event with a number for a name": ["42[7,1]"],
  "an event with an empty name": ['42["",1]'],
  "an event named like a member": ['420["hasOwnProperty",1]'],
  "an event named __proto__": ['420["__proto__",1]'],
  "a forbidden event": ['420["forbidden"]'],
  "bytes": ['451-["echo",{"_placeholder":true,"num":0}]', new Uint8Array([1, 2])],
  "bytes with acknowledgement": [
    '451-3["echo",{"_placeholder":true,"num":0}]',
    new Uint8Array([1, 2]),
  ],
  "bytes twice, swapped": [
    '452-["echo",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
    new Uint8Array([1]),
    new Uint8Array([2]),
  ],
  "an acknowledgement nobody waits for": ["4399[1]"],
  "disconnect": ["41"],
  "disconnect, then an event": ["41", '42["echo"]'],
  "disconnect, then connect": ["41", "40"],
  "connect twice": ["40"],
  "connect to an unknown namespace": ["40/nowhere,"],
  "connect to another namespace": ["40/a,"],
  "connect to a dynamic namespace": ["40/dyn-1,"],
  "connect to a dynamic namespace that is none": ["40/dyn-x,"],
  "connect to a namespace that a function allows": ['40/asked,{"may":true}'],
  "connect to a namespace that a function forbids": ["40/asked,"],
  "an event of another namespace": ['42/a,["echo"]'],
  "leave another namespace": ["40/dyn-2,", "41/dyn-2,"],
  "a reserved event": ['42["disconnect","x"]'],
  "a reserved event, connect_error": ['42["connect_error"]'],
  "an event without name": ["42[]"],
  "an event with a boolean for a name": ["42[true]"],
  "an event that is an object": ['42{"0":"echo"}'],
  "an event that is no JSON": ["42[echo]"],
  "an event without data": ["42"],
  "an acknowledgement without id": ["43[1]"],
  "an acknowledgement that is an object": ['431{"a":1}'],
  "a refusal": ['44{"message":"no"}'],
  "connect with a list": ["40[1]"],
  "connect with text": ['40"x"'],
  "disconnect with data": ["41{}"],
  "an unknown type": ["47"],
  "no type": ["4"],
  "no attachments": ['450-["echo"]'],
  "attachments without number": ['45-["echo"]'],
  "eleven attachments": ['4511-["echo"]'],
  "a placeholder too many": ['451-["echo",{"_placeholder":true,"num":1}]', new Uint8Array([1])],
  "a placeholder below zero": ['451-["echo",{"_placeholder":true,"num":-1}]', new Uint8Array([1])],
  "a placeholder of text": ['451-["echo",{"_placeholder":true,"num":"0"}]', new Uint8Array([1])],
  "text in the place of an attachment": [
    '451-["echo",{"_placeholder":true,"num":0}]',
    '42["echo"]',
  ],
  "bytes in the place of text": [new Uint8Array([1])],
  "an id of 17 digits": ['4299999999999999999["echo"]'],
};

/** All scenarios. */
export const SCENARIOS: Scenarios = {
  ...fromEntries("request: ", REQUESTS, async (probe, [query, init, path]) => {
    const body = await probe.http(query, init, path);
    await probe.log();
    if (body.startsWith("0{")) {
      const { sid } = JSON.parse(body.slice(1));
      await probe.http(`${POLLING}&sid=${sid}`, { method: "POST", body: "1" });
    }
  }),

  ...fromEntries("post: ", POSTS, async (probe, init) => {
    const session = await probe.polling();
    const query = new Headers(init.headers).has("x-mismatch")
      ? session.replace("EIO=4", "EIO=3")
      : session;
    await probe.http(query, { method: "POST", ...init });
    await probe.log();
    // Whether the session is still there, and what waits in it.
    await probe.http(session, { method: "POST", body: "6" });
  }),

  "poll: packets come in order, in one answer": async (probe) => {
    const session = await probe.polling();
    await probe.http(session, { method: "POST", body: "40" });
    await probe.http(session);
    await probe.http(session, {
      method: "POST",
      body: '42["echo",1]\x1e42["echo",2]\x1e420["echo"]',
    });
    await probe.http(session);
    await probe.http(session, { method: "POST", body: '42["do","emit bytes"]' });
    await probe.http(session);
    await probe.http(session, { method: "POST", body: "1" });
    await probe.log();
  },

  "poll: the second GET at a time": async (probe) => {
    const session = await probe.polling();
    await Promise.all([
      probe.http(session).catch(() => {}),
      new Promise((it) => setTimeout(it, 60)).then(() => probe.http(session)),
    ]);
    probe.transcript.splice(1, Infinity, ...probe.transcript.slice(1).sort());
    await probe.http(session);
  },

  "poll: the server ends it": async (probe) => {
    const session = await probe.polling();
    await probe.http(session, { method: "POST", body: "40" });
    await probe.http(session);
    const poll = probe.http(session);
    await probe.http(session, { method: "POST", body: '42["do","close the connection"]' });
    await poll;
    probe.transcript.splice(3, Infinity, ...probe.transcript.slice(3).sort());
    await probe.log();
    await probe.http(session);
  },

  "connect: the handshake is noted": async (probe) => {
    const socket = await probe.socket("?EIO=4&transport=websocket&x=1&y=%C3%A9&x=2");
    await socket.quiet();
    await probe.say(socket, '40{"token":"a","nested":{"b":[1]}}');
    await probe.log();
  },

  ...fromEntries(
    "connect: a middleware says ",
    { "no": "no", "data": "data" },
    async (probe, fail) => {
      const socket = await probe.socket();
      await probe.say(socket, `40{"fail":"${fail}"}`);
      await probe.log();
      await probe.say(socket, "40");
    },
  ),

  "connect: two middlewares, then the listeners": async (probe) => {
    const socket = await probe.socket();
    await probe.say(socket, "40/a,");
    await probe.log();
  },

  "connect: the last namespace is left": async (probe) => {
    const socket = await probe.joined("40", "40/a,");
    await probe.say(socket, "41", '42/a,0["echo"]');
    await probe.say(socket, "41/a,");
    await probe.log();
  },

  ...fromEntries("engine frame before connect: ", ENGINE_FRAMES, async (probe, frames) => {
    const socket = await probe.socket();
    await socket.quiet();
    await probe.say(socket, ...frames);
    await probe.log();
  }),

  ...fromEntries("engine frame: ", ENGINE_FRAMES, async (probe, frames) => {
    const socket = await probe.joined();
    await probe.say(socket, ...frames);
    await probe.log();
  }),

  "event before connect": async (probe) => {
    const socket = await probe.socket();
    await socket.quiet();
    await probe.say(socket, '42["echo"]');
    await probe.log();
  },

  ...fromEntries("packet: ", SOCKET_FRAMES, async (probe, frames) => {
    const socket = await probe.joined();
    await probe.say(socket, ...frames);
    await probe.log();
  }),

  ...fromEntries("action: ", ACTIONS, async (probe, _action, name) => {
    const socket = await probe.joined();
    await probe.say(socket, `42["do",${JSON.stringify(name)}]`);
    // What may have been asked.
    await probe.say(socket, '430["answer",2]');
    await probe.log();
    await probe.say(socket, '4255["echo"]');
  }),

  "upgrade: probed, and moved": async (probe) => {
    const session = await probe.polling();
    await probe.http(session, { method: "POST", body: "40" });
    await probe.http(session);
    const socket = await probe.socket(session.replace("transport=polling", "transport=websocket"));
    await probe.say(socket, "2probe");
    await probe.say(socket, "5");
    await probe.say(socket, '420["echo"]');
    await probe.log();
    await probe.http(session);
    await probe.log();
  },

  "upgrade: the probe is something else": async (probe) => {
    const session = await probe.polling();
    const socket = await probe.socket(session.replace("transport=polling", "transport=websocket"));
    await probe.say(socket, "2other");
    await probe.http(session, { method: "POST", body: "40" });
  },

  "upgrade: moved without a probe": async (probe) => {
    const session = await probe.polling();
    const socket = await probe.socket(session.replace("transport=polling", "transport=websocket"));
    await probe.say(socket, "5");
  },
};

function fromEntries<T>(
  prefix: string,
  entries: Record<string, T>,
  run: (probe: Probe, value: T, name: string) => Promise<void>,
): Scenarios {
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [
      prefix + name,
      (probe: Probe) => run(probe, value, name),
    ]),
  );
}
