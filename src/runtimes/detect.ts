import type { Listener, Peer, Runtime } from "../engine/channel.ts";
import { BunRuntime } from "./bun.ts";
import { DenoRuntime } from "./deno.ts";
import { MemoryRuntime } from "./memory.ts";
import { NodeRuntime } from "./node.ts";
import { NodeContext } from "./node/context.ts";
import type { NodeProcess } from "./node/types.ts";
import { RelayOwner } from "./relay/owner.ts";
import type { BunGlobal, DenoGlobal } from "./types.ts";
import { WorkerdRuntime } from "./workerd.ts";
import type { WorkerdGlobal } from "./workerd/types.ts";

let host: Runtime | undefined;

/**
 * Finds the runtime of a request.
 *
 * @param context what `fetch` was given beside the request
 */
export function runtimeOf(context: unknown): Runtime {
  if (context instanceof MemoryRuntime || context instanceof RelayOwner) return context;
  return context instanceof NodeContext ? NODE : host ??= detect();
}

const NODE = new NodeRuntime();

function detect(): Runtime {
  const globals = globalThis as
    & { Bun?: BunGlobal; Deno?: DenoGlobal; process?: NodeProcess }
    & Partial<WorkerdGlobal>;
  if (globals.Bun !== undefined) return new BunRuntime(globals.Bun);
  if (globals.Deno !== undefined) return new DenoRuntime(globals.Deno);
  // Before Node, whose global it may have, too.
  if (globals.WebSocketPair !== undefined) return new WorkerdRuntime(globals as WorkerdGlobal);
  if (globals.process?.versions?.node !== undefined) return NODE;
  return new UnknownRuntime();
}

/** Any runtime that calls a fetch handler: polling works. */
class UnknownRuntime implements Runtime {
  readonly checksLength = false;
  readonly noticesLoss = true;

  peer(): Peer {
    return { address: "" };
  }

  hold(): void {}

  upgrade(): undefined {}

  listen(): Listener {
    throw new TypeError(
      "listen() needs Deno, Bun or Node; elsewhere, hand io.fetch to the server you have",
    );
  }
}
