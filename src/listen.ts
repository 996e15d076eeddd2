import type { Listener, Service } from "./engine/channel.ts";
import { shown } from "./base/checks.ts";
import type { ResolvedEngineOptions } from "./engine/options.ts";
import { runtimeOf } from "./runtimes/detect.ts";
import { attach, isNodeServer } from "./runtimes/node/server.ts";
import type { NodeServer } from "./runtimes/node/types.ts";

/** Where to listen: a port, or a server of `node:http` that listens there, or will. */
export type Place = number | string | NodeServer;

/** Tells a place from options. */
export function isPlace(value: unknown): value is Place {
  return typeof value === "number" || typeof value === "string" || isNodeServer(value);
}

/**
 * Serves at a place.
 *
 * @throws {TypeError} if it is none, or the runtime cannot listen
 */
export function listen(
  service: Service,
  place: Place,
  hostname: string | undefined,
  { destroyUpgrade, destroyUpgradeTimeout }: ResolvedEngineOptions,
): Listener {
  if (hostname !== undefined && typeof hostname !== "string") {
    throw new TypeError(
      `listen() needs the name of an interface, got ${shown(hostname)}: options go to new Server()`,
    );
  }
  if (isNodeServer(place)) {
    return attach(place, service, destroyUpgrade ? destroyUpgradeTimeout : undefined);
  }
  const port = typeof place === "string" && /^\d+$/.test(place) ? Number(place) : place;
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535) {
    return runtimeOf(undefined).listen(service, port, hostname);
  }
  const hint = typeof place === "function" ? ": with Express, give createServer(app)" : "";
  throw new TypeError(
    `listen() needs a port from 0 to 65535 or a server of node:http, got ${shown(place)}${hint}`,
  );
}
