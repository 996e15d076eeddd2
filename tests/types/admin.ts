/** The admin UI of a typed server. Compiled, never run. */
import type { Server } from "../../mod.ts";
import { instrument } from "../../src/plugins/admin.ts";

interface Events {
  notice: (text: string) => void;
}

/** Servers of all events can be watched. */
export function typed(io: Server<Events, Events, Events, { name: string }>): void {
  instrument(io, { auth: { username: "a", password: "b" }, mode: "production" });
  instrument(io, { auth: (username, password) => username === password });
  instrument(io, { auth: async (username) => await Promise.resolve(username === "a") });
  // @ts-expect-error nobody may forget it
  instrument(io, {});
  // @ts-expect-error no such mode
  instrument(io, { auth: false, mode: "test" });
}
