import { assertEquals, assertThrows } from "@std/assert";
import { isInRange, parseIp, parseRanges } from "../../src/engine/guards/ip_range.ts";

Deno.test("parseIp reads addresses in all their forms", () => {
  const same: string[][] = [
    ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:FFFF:7F00:0001"],
    ["::1", "0:0:0:0:0:0:0:1", "::0001", "::0.0.0.1", "::1%lo"],
    ["2001:db8::", "2001:DB8:0::0", "2001:0db8:0000:0000:0000:0000:0000:0000"],
    ["fe80::1:2", "fe80:0:0:0:0:0:1:2", "fe80::1:2%eth0"],
  ];
  for (const forms of same) {
    const [first, ...others] = forms.map(parseIp);
    assertEquals(typeof first, "bigint");
    for (const it of others) assertEquals(it, first);
  }
  assertEquals(parseIp("::"), 0n);
  assertEquals(parseIp("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2n ** 128n - 1n);
});

Deno.test("parseIp reads nothing else", () => {
  const texts = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.-4",
    "1.2.3.0x1",
    "unknown",
    ":",
    ":::",
  ];
  texts.push(
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "g::1",
    "12345::",
  );
  texts.push("1.2.3.4:80", "[::1]", "::1.2.3", "1.2.3.4::", "localhost", "_hidden", " 1.2.3.4");
  for (const text of texts) assertEquals(parseIp(text), undefined, text);
});

Deno.test("parseRanges reads addresses, ranges and names", () => {
  const cases: [range: string, inside: string[], outside: string[]][] = [
    ["10.0.0.1", ["10.0.0.1", "::ffff:10.0.0.1"], ["10.0.0.2", "::1"]],
    ["10.0.0.0/8", ["10.255.1.2"], ["11.0.0.0"]],
    ["10.1.2.3/8", ["10.255.1.2"], ["11.0.0.0"]],
    ["0.0.0.0/0", ["8.8.8.8"], ["2001:db8::1"]],
    ["::/0", ["8.8.8.8", "2001:db8::1"], []],
    ["2001:db8::/32", ["2001:db8:ffff::1"], ["2001:db9::"]],
    ["loopback", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"], ["128.0.0.1", "::2"]],
    ["linklocal", ["169.254.1.1", "fe80::1%eth0"], ["169.253.1.1", "fec0::"]],
    ["uniquelocal", ["10.1.1.1", "172.31.0.1", "192.168.1.1", "fd00::1"], ["172.32.0.1", "::1"]],
  ];
  for (const [range, inside, outside] of cases) {
    const ranges = parseRanges(range);
    const contains = (text: string) => ranges.some((it) => isInRange(parseIp(text)!, it));
    for (const it of inside) assertEquals(contains(it), true, `${it} in ${range}`);
    for (const it of outside) assertEquals(contains(it), false, `${it} in ${range}`);
  }
});

Deno.test("parseRanges throws, given what is no range", () => {
  for (
    const text of ["", "proxy", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "1.2.3.4/a"]
  ) {
    assertThrows(() => parseRanges(text), TypeError, "An IP address or range was expected");
  }
});
