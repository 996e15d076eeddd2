/** Polling by script elements and forms. */
import { assertEquals, assertMatch } from "@std/assert";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

const OPTIONS = { allowEIO3: true };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** The payload in an answer, which is a call of the client's function. */
function payloadOf(script: string, index = "0"): string {
  const head = `___eio[${index}]("`;
  assertEquals([script.slice(0, head.length), script.slice(-3)], [head, '");']);
  return JSON.parse(script.slice(head.length - 1, -2));
}

async function open(rig: EngineRig, j = "0"): Promise<string> {
  const query = `?EIO=3&transport=polling&b64=1&j=${j}`;
  const script = await (await rig.request(query)).text();
  const [, sid] = /"sid":"([^"]+)"/.exec(payloadOf(script, j.replace(/\D/g, "")))!;
  return `${query}&sid=${sid}`;
}

/** The form as the old client fills it in. */
function form(payload: string): URLSearchParams {
  return new URLSearchParams({ d: payload.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n") });
}

Deno.test("an answer over JSONP is a script that calls the client's function", () =>
  withEngine(OPTIONS, async (rig) => {
    const response = await rig.request("?EIO=3&transport=polling&j=12");
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertMatch(payloadOf(await response.text(), "12"), /^\d+:0\{"sid"/);
  }));

Deno.test("the name of the function over JSONP has digits only", () =>
  withEngine(OPTIONS, async (rig) => {
    const response = await rig.request("?EIO=3&transport=polling&j=1%5D);alert(2);x%5B");
    payloadOf(await response.text(), "12");
  }));

Deno.test("messages over JSONP keep their characters, escaped where a script needs it", () =>
  withEngine(OPTIONS, async (rig) => {
    const url = await open(rig);
    const text = '\u2028\u2029</script><!--"\\\n\0é🦕';
    rig.conn.send(text);
    const script = await (await rig.request(url)).text();
    assertEquals(/[\u2028\u2029<\n]/.exec(script), null);
    assertEquals(payloadOf(script), `${text.length + 1}:4${text}`);
  }));

Deno.test("bytes over JSONP are base64", () =>
  withEngine(OPTIONS, async (rig) => {
    const url = await open(rig);
    rig.conn.send(new Uint8Array([1, 2]));
    assertEquals(payloadOf(await (await rig.request(url)).text()), "6:b4AQI=");
  }));

Deno.test("an answer over JSONP that waits is one script, too", () =>
  withEngine(OPTIONS, async (rig) => {
    const poll = rig.request(await open(rig));
    await rig.time.tickAsync(200);
    rig.conn.send("late");
    assertEquals(payloadOf(await (await poll).text()), "5:4late");
  }));

for (const text of ["a", "a\nb", "\\n", "a\\nb\n\\\\n\n\n", "+&=%20 é🦕", "\\\\\\n"]) {
  Deno.test(`the form field over JSONP brings ${JSON.stringify(text)}`, () =>
    withEngine(OPTIONS, async (rig) => {
      const url = await open(rig);
      const received: unknown[] = [];
      rig.conn.on("message", (data) => received.push(data));
      const body = form(`${text.length + 1}:4${text}`).toString();
      const response = await rig.request(url, { method: "POST", body, headers: FORM });
      assertEquals([response.status, await response.text()], [200, "ok"]);
      assertEquals(response.headers.get("content-type"), "text/html");
      assertEquals(received, [text]);
    }));
}

Deno.test("the form field over JSONP may stand among others", () =>
  withEngine(OPTIONS, async (rig) => {
    const url = await open(rig);
    const received: unknown[] = [];
    rig.conn.on("message", (data) => received.push(data));
    const body = "xd=1%3A1&d=2%3A4a&" + "a&".repeat(1_000);
    assertEquals((await rig.request(url, { method: "POST", body, headers: FORM })).status, 200);
    assertEquals(received, ["a"]);
  }));

for (const body of ["", "x=2%3A4a", "2:4a", "d=", "d=%FF"]) {
  Deno.test(`a form over JSONP that is no payload closes: ${JSON.stringify(body)}`, () =>
    withEngine(OPTIONS, async (rig) => {
      const url = await open(rig);
      assertEquals((await rig.request(url, { method: "POST", body, headers: FORM })).status, 400);
      assertEquals(rig.reason, "parse error");
    }));
}

Deno.test("a form over JSONP is read up to maxHttpBufferSize", () =>
  withEngine({ ...OPTIONS, maxHttpBufferSize: 1_000 }, async (rig) => {
    const url = await open(rig);
    const post = (length: number) =>
      rig.request(url, {
        method: "POST",
        body: form(`${length + 1}:4${"x".repeat(length)}`),
        headers: FORM,
      });
    assertEquals((await post(900)).status, 200);
    assertEquals((await post(1_000)).status, 413);
    assertEquals(rig.conn.readyState, "open");
  }));

Deno.test("JSONP is for old clients only", () =>
  withEngine(OPTIONS, async (rig) => {
    const response = await rig.request("?EIO=4&transport=polling&j=0");
    assertMatch(await response.text(), /^0\{"sid"/);
    assertEquals(rig.conn.protocol, 4);
  }));
