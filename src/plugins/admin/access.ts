import type { AnySocket } from "../../../mod.ts";

/** What is asked of whoever opens the admin UI. */
export interface Credentials {
  /** The only kind. */
  type?: "basic";
  /** The name. */
  username: string;
  /** The password itself; for a hash of it, give a function instead. */
  password: string;
}

/** Tells whether somebody may open the admin UI. */
export type CheckCredentials = (username: string, password: string) => boolean | Promise<boolean>;

/** Remembers who was let in, so that a reload asks for no password. */
export interface SessionStore {
  /** Whether somebody was given this id. */
  doesSessionExist(sessionId: string): boolean | Promise<boolean>;
  /** Somebody is given this id. */
  saveSession(sessionId: string): void | Promise<void>;
}

const MAX_SESSIONS = 100;

/** The last sessions, in memory. */
export class Sessions implements SessionStore {
  readonly #ids = new Set<string>();

  doesSessionExist(sessionId: string): boolean {
    return this.#ids.has(sessionId);
  }

  saveSession(sessionId: string): void {
    this.#ids.add(sessionId);
    const [oldest] = this.#ids;
    if (this.#ids.size > MAX_SESSIONS) this.#ids.delete(oldest!);
  }
}

/**
 * Makes a function of the option `auth`; there is none if everybody may look.
 *
 * @throws {TypeError} if it does not say who may
 */
export function credentialsCheck(
  auth: false | Credentials | CheckCredentials,
): CheckCredentials | undefined {
  if (auth === false) return undefined;
  if (typeof auth === "function") return auth;
  const { type = "basic", username, password } = auth ?? {};
  if (type !== "basic" || typeof username !== "string" || typeof password !== "string") {
    throw new TypeError("auth must be { username, password }, a function, or false for everybody");
  }
  if (/^\$2[abxy]?\$/.test(password)) {
    throw new TypeError("auth has a hash for a password: give the password, or a function");
  }
  const known = [username, password];
  return async (...given) => {
    const same = await Promise.all(known.map((it, i) => equal(it, given[i]!)));
    return same.every((it) => it);
  };
}

/**
 * Lets a front end in, and gives it a session.
 *
 * @throws {Error} if it may not look
 */
export async function admit(
  socket: AnySocket,
  check: CheckCredentials,
  store: SessionStore,
): Promise<void> {
  const { sessionId, username, password } = socket.handshake.auth;
  if (typeof sessionId === "string" && await store.doesSessionExist(sessionId)) return;
  const known = typeof username === "string" && typeof password === "string" &&
    await check(username, password);
  if (!known) throw new Error("invalid credentials");
  const id = crypto.randomUUID();
  await store.saveSession(id);
  socket.emit("session", id);
}

/** Compares texts in a time that tells nothing about them. */
async function equal(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map(async (text) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    ),
  );
  return a!.reduce((difference, byte, i) => difference | (byte ^ b![i]!), 0) === 0;
}
