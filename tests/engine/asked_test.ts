import { assertEquals } from "@std/assert";
import { parseAsked, parseQuery } from "../../src/engine/handshake.ts";

const QUERIES = [
  "",
  "?",
  "?EIO=4&transport=polling",
  "?EIO=4&transport=polling&t=abc123&sid=x_-1",
  "?sid=a&sid=b&EIO=3&transport=websocket&EIO=4",
  "?sid=&EIO=&transport=",
  "?sid=a=b&EIO=4",
  "?xsid=a&sidx=b&EIOx=4&mytransport=polling",
  "?&&sid=a&&",
  "?sid=a%20b&transport=pol%6cing",
  "?si%64=a&sid=b+c",
  "?token=%F0%9F%A6%95&sid=a",
  "?sid=a?sid=b",
  "?sid=a#&sid=b",
  "#?sid=a",
  "?__proto__=x&constructor=y&sid=a",
];

for (const query of QUERIES) {
  Deno.test(`parseAsked reads of "${query}" what parseQuery does`, () => {
    const url = `http://localhost/socket.io/${query}`;
    const { transport, EIO, sid } = parseAsked(url);
    const all = parseQuery(url);
    assertEquals([transport, EIO, sid], [all.transport, all.EIO, all.sid]);
  });
}
