/** The load of a soak: a process on Bun that is told the port, how many visits there are to be, and a seed. */
import process from "node:process";
import { VISITS } from "./visits.ts";

const [port, count, seed] = process.argv.slice(2).map(Number) as [number, number, number];
const visits = Object.entries(VISITS);
const atATime = Math.min(400, Math.ceil(count / 10));

// Mulberry32, as in the tests.
let state = seed;
function random(limit: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * limit);
}

let begun = 0;
async function visitor(): Promise<void> {
  while (begun < count) {
    // All of them in turn, so that short soaks have all, in an order of their own after that.
    const [name, visit] = visits[begun < visits.length ? begun : random(visits.length)]!;
    begun++;
    try {
      await visit(port, random);
    } catch (error) {
      throw new Error(`A visitor who ${name} failed`, { cause: error });
    }
  }
}

await Promise.all(Array.from({ length: atATime }, visitor));
process.exit(0);
