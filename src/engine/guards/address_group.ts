import { parseIp } from "./ip_range.ts";

// ::ffff:0:0/96
const IPV4_MAPPED = 0xffffn;

/**
 * The name under which an address is counted. Of IP version 6, who has one address has all that begin with the same 64
 * bits.
 */
export function addressGroup(address: string): string {
  const ip = address.includes(":") ? parseIp(address) : undefined;
  if (ip === undefined) return address;
  return ip >> 32n === IPV4_MAPPED ? dotted(Number(ip & 0xffffffffn)) : `${ip >> 64n}`;
}

function dotted(ip: number): string {
  return [ip >>> 24, ip >>> 16 & 255, ip >>> 8 & 255, ip & 255].join(".");
}
