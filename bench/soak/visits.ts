import { closeFrame, textFrame } from "../load/frame.ts";
import { Wire } from "./wire.ts";

const HOST = "Host: 127.0.0.1\r\n";
const UPGRADE =
  `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
const JOIN = textFrame("40");

/** One client's stay at the server of a port. */
export type Visit = (port: number, random: (limit: number) => number) => Promise<void>;

/** The visits, by what is special about them. */
export const VISITS: Readonly<Record<string, Visit>> = {
  "leaves in order": async (port) => {
    const ws = await join(port);
    ws.send(textFrame('420["echo",1]'));
    await ws.until("430[1]");
    ws.send(closeFrame());
    await ws.end();
  },
  "says that it closes": async (port) => {
    const ws = await join(port);
    ws.send(textFrame("1"));
    await ws.end();
  },
  "does not agree to be closed": async (port) => {
    const ws = await join(port);
    ws.send(textFrame("1"));
    await ws.until("\x88");
    ws.reset();
  },
  "is reset": async (port) => (await join(port)).reset(),
  "joins nothing": async (port) => {
    const ws = await open(port, "");
    await ws.end();
  },
  "breaks the protocol": async (port, random) => {
    const ws = await join(port);
    ws.send(textFrame(["4", "9", "42[", '451-["a"]', '42["disconnect"]', "x"][random(6)]!));
    ws.send(textFrame('42["echo"]'));
    await ws.end();
  },
  "goes through rooms": async (port, random) => {
    const ws = await join(port);
    for (let n = 0; n < 10; n++) ws.send(textFrame(`42["join","${random(1e6)}"]`));
    ws.send(textFrame(`42["leave","${random(1e6)}"]`));
    ws.send(textFrame('420["echo",2]'));
    await ws.until("430[2]");
    ws.reset();
  },
  "does not acknowledge": async (port) => {
    const ws = await join(port);
    ws.send(textFrame('42["ask"]'));
    await ws.until('["overdue"]');
    ws.reset();
  },
  "reads nothing": async (port) => {
    const ws = await join(port);
    ws.pause();
    ws.send(textFrame('42["pour"]'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    ws.reset();
  },
  "comes back": async (port) => {
    const lost = await open(port, "", "/recovering");
    lost.send(JOIN);
    const [, pid] = /"pid":"([^"]+)"/.exec(await lost.until("pid"))!;
    lost.reset();
    const back = await open(port, "", "/recovering");
    back.send(textFrame(`40{"pid":"${pid}"}`));
    await back.until("40{");
    back.reset();
  },
  "has a namespace made": async (port, random) => {
    const ws = await open(port, "");
    const nsp = `/made-${random(1e6)}`;
    ws.send(textFrame(`40${nsp},`));
    await ws.until(`40${nsp}`);
    ws.send(textFrame(`41${nsp},`));
    ws.reset();
  },
  "polls": async (port) => {
    const { http, path } = await poller(port);
    http.send(post(path, '420["echo",3]'));
    await http.until("ok");
    http.send(get(path));
    await http.until("430[3]");
    http.send(post(path, "1"));
    await http.until("ok");
    http.close();
  },
  "polls and is not seen again": async (port) => (await poller(port)).http.close(),
  "breaks a poll off": async (port) => {
    const { http, path } = await poller(port);
    http.send(get(path));
    await new Promise((resolve) => setTimeout(resolve, 5));
    http.reset();
  },
  "breaks a body off": async (port) => {
    const { http, path } = await poller(port);
    http.send(post(path, "42").replace("Length: 2", "Length: 200"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    http.reset();
  },
  "upgrades": async (port) => {
    const { http, sid } = await poller(port);
    const ws = await open(port, `&sid=${sid}`);
    ws.send(textFrame("2probe"));
    await ws.until("3probe");
    ws.send(textFrame("5"));
    ws.send(textFrame('420["echo",4]'));
    await ws.until("430[4]");
    http.close();
    ws.reset();
  },
  "fails to upgrade": async (port) => {
    const { http, path, sid } = await poller(port);
    const ws = await open(port, `&sid=${sid}`);
    ws.send(textFrame("2probe"));
    await ws.until("3probe");
    ws.reset();
    http.send(post(path, "1"));
    await http.until("ok");
    http.close();
  },
  "never ends its upgrade": async (port) => {
    const { http, sid } = await poller(port);
    const ws = await open(port, `&sid=${sid}`);
    ws.send(textFrame("2probe"));
    await ws.until("3probe");
    http.close();
    await ws.end();
  },
  "is refused": async (port) => {
    const http = await Wire.open(port);
    http.send(get("/socket.io/?EIO=9&transport=polling"));
    await http.until("400 Bad Request");
    http.close();
  },
};

async function open(port: number, query: string, path = "/socket.io"): Promise<Wire> {
  const wire = await Wire.open(port);
  wire.send(`GET ${path}/?EIO=4&transport=websocket${query} HTTP/1.1\r\n${UPGRADE}`);
  await wire.until(query === "" ? '0{"sid"' : "\r\n\r\n");
  return wire;
}

async function join(port: number): Promise<Wire> {
  const ws = await open(port, "");
  ws.send(JOIN);
  await ws.until("40{");
  return ws;
}

async function poller(port: number): Promise<{ http: Wire; path: string; sid: string }> {
  const http = await Wire.open(port);
  const base = "/socket.io/?EIO=4&transport=polling";
  http.send(get(base));
  const [, sid] = /"sid":"([^"]+)"/.exec(await http.until("maxPayload"))!;
  const path = `${base}&sid=${sid}`;
  http.send(post(path, "40"));
  await http.until("ok");
  http.send(get(path));
  await http.until("40{");
  return { http, path, sid: sid! };
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
}

function post(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
}
