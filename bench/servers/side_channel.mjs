/** What the load generator asks a server about its process, and what every server reads from its command line. */
import process from "node:process";

/** The folder whose packages the rivals come from. */
export const packages = process.argv[2];

/** Options of every Socket.IO server: heartbeats come faster where they are measured. */
export const options = process.argv[3] ? { pingInterval: Number(process.argv[3]) } : {};

/** The answer to a path, if it is one of the generator's. */
export function sideChannel(path, usage = usageOfAll) {
  if (path === "/bench/collect") collect();
  else if (path !== "/bench/usage") return undefined;
  return JSON.stringify(usage());
}

function usageOfAll() {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, rss: process.memoryUsage().rss };
}

/** Tells the bench where the server listens. */
export function announce(port) {
  console.log(`port ${port}`);
}

/** Collects garbage, as far as the runtime lets us. */
export function collect() {
  if (globalThis.Bun) return globalThis.Bun.gc(true);
  // Twice: what the first run finalizes, the second one frees.
  for (let i = 0; i < 2; i++) globalThis.gc?.();
}
