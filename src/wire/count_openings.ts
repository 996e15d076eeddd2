import { type ByteCounter, makeByteCounter } from "./byte_counter.ts";
import { findNarrow, type Narrow } from "./narrow.ts";
import { utf8Length } from "./utf8.ts";

/** Up to so many characters, nothing is quicker than a look at each. */
const SHORT = 64;
/** How far the next one is at most, where many objects end. */
const NEAR = 256;
/** With no more than one in 512 characters, the runtime finds each by itself sooner. */
const RARE = 9;
/** Some may be there at the start. */
const FIRST = 8;

const encoder = new TextEncoder();
let tools: Tools | undefined;

/** What the runtime has to count with. */
interface Tools {
  readonly counter: ByteCounter | undefined;
  readonly narrow: Narrow | undefined;
}

/**
 * Counts the `[` and `{` in a text up to `end`. It may count more: behind `end`, or other characters beyond U+00FF, or
 * `Infinity` where there are more than `enough`.
 */
export function countOpenings(text: string, end: number, enough: number): number {
  if (end <= SHORT) return countEach(text, end);
  const rare = isDense(text) ? undefined : countRare(text);
  return rare ?? countCopied(text, end) ?? countFound(text, end, enough);
}

function countEach(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) count++;
  }
  return count;
}

// Whether an object ends soon after the middle, as it does in rows of them.
function isDense(text: string): boolean {
  const middle = text.length >> 1;
  const at = text.indexOf("}", middle);
  return at >= 0 && at < middle + NEAR;
}

// Gives up as soon as they are not rare.
function countRare(text: string): number | undefined {
  let count = 0;
  for (const opening of "{[") {
    const first = count;
    for (let at = 0; (at = text.indexOf(opening, at) + 1) > 0;) {
      if (++count - first > FIRST + (at >> RARE)) return undefined;
    }
  }
  return count;
}

function countCopied(text: string, end: number): number | undefined {
  const { counter, narrow } = tools ??= findTools();
  if (counter === undefined) return undefined;
  // V8 encodes what is not ASCII a character at a time, which takes longer than to find each bracket.
  if (narrow === undefined && utf8Length(text) !== text.length) return undefined;
  const { room, count } = counter;
  let sum = 0;
  for (let at = 0; at < end; at += room.length) {
    const length = Math.min(room.length, end - at);
    // Bun reads a part of a text more slowly than the whole.
    const rest = at === 0 ? text : text.slice(at, at + length);
    if (narrow === undefined) encoder.encodeInto(rest, room);
    else narrow(rest, length);
    sum += count(length);
  }
  return sum;
}

function findTools(): Tools {
  const counter = makeByteCounter();
  return { counter, narrow: counter && findNarrow(counter.room) };
}

function countFound(text: string, end: number, enough: number): number {
  let count = 0;
  for (const opening of "{[") {
    for (let at = 0; (at = text.indexOf(opening, at) + 1) > 0 && at <= end;) {
      if (++count > enough) return Infinity;
    }
  }
  return count;
}
