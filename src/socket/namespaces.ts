import { shown } from "../base/checks.ts";
import { isThenable } from "../base/emitter.ts";
import { log } from "../base/log.ts";
import type { Auth } from "./handshake.ts";
import { type AnyNamespace, closeAdapter, closeNamespace, isIdle, Namespace } from "./namespace.ts";
import {
  type AnyParentNamespace,
  ParentNamespace,
  type ParentNamespaceHost,
} from "./parent_namespace.ts";
import { PathPattern } from "./path_pattern.ts";

/**
 * Decides whether a client may have a namespace made, by its name and what the client sent as `auth`. With three
 * parameters it calls `fn`; with fewer, what it returns or resolves to counts. Whatever fails is a no.
 */
export type ParentNspNameMatchFn = (
  name: string,
  auth: Auth,
  fn: (err: Error | null, success: boolean) => void,
) => void;

/** How many namespaces are looked at for one that has to make room for another. */
const LOOKS = 10;

type Matcher = RegExp | PathPattern | ParentNspNameMatchFn;

interface Family {
  readonly matches: Matcher;
  readonly parent: AnyParentNamespace;
}

/** The namespaces of a server by their names, and the parents that make more. */
export class Namespaces {
  readonly #server: AnyNamespace["server"];
  readonly #host: ParentNamespaceHost;
  readonly #named = new Map<string, AnyNamespace>();
  readonly #families: Family[] = [];
  readonly #patterns = new Map<string, AnyParentNamespace>();
  /** Those that clients had made; the oldest come first. */
  readonly #made = new Set<AnyNamespace>();
  readonly #mostMade: number;
  readonly #announce: (nsp: AnyNamespace) => void;

  /**
   * @param mostMade how many clients may have made
   * @param host what namespaces need of the server
   * @param announce called with each namespace that is made
   */
  constructor(
    server: AnyNamespace["server"],
    mostMade: number,
    host: Omit<ParentNamespaceHost, "added" | "removed">,
    announce: (nsp: AnyNamespace) => void,
  ) {
    this.#server = server;
    this.#mostMade = mostMade;
    this.#announce = announce;
    this.#host = {
      ...host,
      added: (child) => {
        log("socket.io", "child namespace %s is made", child.name);
        this.#named.set(child.name, child);
        this.#announce(child);
      },
      removed: (child) => this.#remove(child),
    };
  }

  /** All of them by their names, children included. */
  get named(): Map<string, AnyNamespace> {
    return this.#named;
  }

  /**
   * Finds a namespace, or makes it: as a child, if a regular expression or a path with parameters stands for such names.
   *
   * @param name a name, or a path with parameters
   */
  of(name: string): AnyNamespace {
    if (PathPattern.isPattern(name)) return this.#parentOf(name);
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const family = this.#families.find(({ matches }) =>
      typeof matches !== "function" && matches.test(name)
    );
    if (family !== undefined) return family.parent.createChild(name);
    const nsp: AnyNamespace = new Namespace(this.#host, this.#server, name);
    this.#named.set(name, nsp);
    this.#announce(nsp);
    return nsp;
  }

  /**
   * Makes a parent of all namespaces whose names are accepted.
   *
   * @throws {TypeError} if it is neither a regular expression nor a function
   * @throws {Error} if a regular expression keeps a state between its uses
   */
  parent(matches: RegExp | ParentNspNameMatchFn): AnyParentNamespace {
    if (!(matches instanceof RegExp) && typeof matches !== "function") {
      throw new TypeError(
        `of() needs a name, a regular expression or a function, got ${shown(matches)}`,
      );
    }
    if (matches instanceof RegExp && (matches.global || matches.sticky)) {
      throw new Error("stateful regular expressions are not supported");
    }
    return this.#addParent(matches);
  }

  /** Takes a namespace away, and disconnects its clients. Tells whether there was one. */
  async delete(name: string): Promise<boolean> {
    const nsp = this.#named.get(name);
    if (nsp === undefined) return false;
    log("socket.io", "namespace %s is deleted", name);
    this.#named.delete(name);
    this.#made.delete(nsp);
    await closeNamespace(nsp);
    return true;
  }

  /**
   * Finds the namespace that a client asks for; if there is none, the parents are asked one after the other.
   *
   * @param isWanted asked before one is made: the client may have left
   * @param found called once, before this returns unless a parent needs time
   */
  find(
    name: string,
    auth: Auth | undefined,
    isWanted: () => boolean,
    found: (nsp: AnyNamespace | undefined) => void,
  ): void {
    const known = this.#named.get(name);
    if (known !== undefined) return found(known);
    const ask = (index: number): void => {
      const family = this.#families[index];
      if (family === undefined || !isWanted()) return found(undefined);
      this.#accepts(family.matches, name, auth ?? Object.create(null), (accepted) => {
        if (!accepted) ask(index + 1);
        else if (!isWanted()) found(undefined);
        // Another client may have been quicker.
        else found(this.#named.get(name) ?? this.#make(family.parent, name));
      });
    };
    ask(0);
  }

  #make(parent: AnyParentNamespace, name: string): AnyNamespace | undefined {
    if (this.#made.size >= this.#mostMade && !this.#makeRoom()) {
      log("socket.io", "too many child namespaces (maxChildNamespaces is %d)", this.#mostMade);
      return undefined;
    }
    const child = parent.createChild(name);
    this.#made.add(child);
    return child;
  }

  // Takes away one that nobody is in.
  #makeRoom(): boolean {
    let looks = LOOKS;
    for (const nsp of this.#made) {
      if (looks-- === 0) break;
      if (isIdle(nsp)) {
        this.delete(nsp.name).catch((error) => this.#host.report(error, undefined, "close"));
        return true;
      }
      // To the end, so that the next search finds others.
      this.#made.delete(nsp);
      this.#made.add(nsp);
    }
    return false;
  }

  #parentOf(path: string): AnyParentNamespace {
    const known = this.#patterns.get(path);
    if (known !== undefined) return known;
    const parent = this.#addParent(new PathPattern(path));
    this.#patterns.set(path, parent);
    return parent;
  }

  #addParent(matches: Matcher): AnyParentNamespace {
    const parent: AnyParentNamespace = new ParentNamespace(
      this.#host,
      this.#server,
      `/_${this.#families.length}`,
      matches instanceof PathPattern ? matches : undefined,
    );
    this.#families.push({ matches, parent });
    return parent;
  }

  #accepts(
    matches: Matcher,
    name: string,
    auth: Auth,
    done: (accepted: boolean) => void,
  ): void {
    if (typeof matches !== "function") return done(matches.test(name));
    let over = false;
    const decide = (accepted: boolean) => {
      if (over) return;
      over = true;
      done(accepted);
    };
    const fail = (error: unknown) => {
      this.#host.report(error, undefined, "namespace");
      decide(false);
    };
    // A function of `...args` has a length of 0.
    const calls = matches.length === 0 || matches.length > 2;
    try {
      const result: unknown = matches(name, auth, (error, success) => decide(!error && success));
      if (isThenable(result)) {
        result.then((accepted) => (calls ? undefined : decide(accepted === true)), fail);
      } else if (!calls) decide(result === true);
    } catch (error) {
      fail(error);
    }
  }

  #remove(child: AnyNamespace): void {
    if (this.#named.get(child.name) !== child) return;
    log("socket.io", "child namespace %s is removed", child.name);
    this.#named.delete(child.name);
    this.#made.delete(child);
    closeAdapter(child).catch((error) => this.#host.report(error, undefined, "close"));
  }
}
