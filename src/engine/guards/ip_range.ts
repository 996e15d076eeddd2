/** Addresses of IP, version 4 ones as the part of version 6 that stands for them. */
export interface IpRange {
  /** The first address. */
  readonly first: bigint;
  /** How many bits all of them share, of 128. */
  readonly prefix: number;
}

const BITS = 128;
const IPV4_BITS = 32;
// ::ffff:0:0/96
const IPV4_MAPPED = 0xffffn << 32n;

const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1"]],
  ["linklocal", ["169.254.0.0/16", "fe80::/10"]],
  ["uniquelocal", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
]);

/**
 * Reads ranges: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`, `loopback`, `linklocal`, `uniquelocal`.
 *
 * @throws {TypeError} if it is none of these
 */
export function parseRanges(text: string): IpRange[] {
  const named = NAMED.get(text);
  if (named !== undefined) return named.flatMap(parseRanges);
  const [address = "", bits, ...rest] = text.split("/");
  const first = parseIp(address);
  const own = address.includes(":") ? BITS : IPV4_BITS;
  const length = bits === undefined ? own : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (first === undefined || rest.length > 0 || !(length <= own)) {
    throw new TypeError(`An IP address or range was expected, got ${JSON.stringify(text)}`);
  }
  return [{ first, prefix: BITS - own + length }];
}

/** Whether an address is in a range. */
export function isInRange(address: bigint, { first, prefix }: IpRange): boolean {
  const shift = BigInt(BITS - prefix);
  return address >> shift === first >> shift;
}

/** Reads an IP address; `undefined` if it is none. */
export function parseIp(text: string): bigint | undefined {
  if (!text.includes(":")) {
    const ipv4 = parseIpv4(text);
    return ipv4 === undefined ? undefined : IPV4_MAPPED + ipv4;
  }
  // Without the interface, as in fe80::1%eth0.
  const [address = ""] = text.split("%", 1);
  const halves = address.split("::")
    .map((it, i, all) => groupsOf(it, i === all.length - 1));
  const [head, tail] = halves;
  if (head === undefined || halves.length > 2 || halves.includes(undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail ?? []]
    .reduce((ip, group) => ip << 16n | group, 0n);
}

// The last two groups may be written as an address of version 4.
function groupsOf(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const ipv4 = isEnd && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >> 16n, ipv4 & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((it) => /^\d{1,3}$/.test(it) && Number(it) < 256);
  return valid ? parts.reduce((ip, part) => ip << 8n | BigInt(part), 0n) : undefined;
}
