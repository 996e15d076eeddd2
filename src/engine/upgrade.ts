import { log } from "../base/log.ts";
import type { Packet } from "../wire/engine_packet.ts";
import { controlFrame } from "../wire/frame.ts";
import type { Deadlines, Limited } from "./deadlines.ts";
import type { Session } from "./session.ts";
import type { Transport, TransportConsumer } from "./transport.ts";

const PROBED = controlFrame("3probe");
/** Lets the answer to the probe arrive first: a client that has it sends no further GET. */
const FIRST_NUDGE = 10;
const NUDGE_INTERVAL = 100;

/**
 * A client's trial of another transport beside the one in use.
 *
 * ```text
 *   client                               server
 *     │ GET (waits) ───────────────────────▶ │  polling is in use
 *     │ 2probe ════════════════════════════▶ │  over the WebSocket
 *     │ ◀════════════════════════════ 3probe │
 *     │ ◀───────────────────────────────── 6 │  ends the GET; the client sends no other
 *     │ 5 ═════════════════════════════════▶ │  now the WebSocket is in use
 * ```
 *
 * If the trial fails at any point, the session stays as it was, and the client may try again.
 */
export class Upgrade implements TransportConsumer, Limited {
  readonly #session: Session;
  readonly #transport: Transport;
  readonly #limit: Deadlines;
  readonly #nudge: Limited = { expired: () => this.#nudgeAgain() };
  #nudging: Deadlines | undefined;
  #over = false;

  constructor(session: Session, transport: Transport) {
    this.#session = session;
    this.#transport = transport;
    transport.consumer = this;
    this.#limit = session.deadlines(session.host.options.upgradeTimeout);
    this.#limit.start(this);
  }

  expired(): void {
    log("engine:session", "upgrade failed: it took longer than upgradeTimeout");
    this.#fail();
  }

  /** The session is over. */
  abort(): void {
    this.#stop();
    this.#transport.discard();
  }

  ready(): void {}

  // Probes are answered as often as they come: a client that reads none of the answers would fill the memory.
  stalled(): void {
    log("engine:session", "upgrade failed: the client does not read");
    this.#fail();
  }

  message(): void {
    this.#fail();
  }

  packet(packet: Packet): void {
    if (packet.type === "ping" && packet.data === "probe") {
      this.#transport.send(PROBED);
      if (this.#over) return;
      this.#session.probed(this.#transport);
      this.#nudgeIn(FIRST_NUDGE);
    } else if (packet.type === "upgrade" && !this.#over) {
      this.#stop();
      this.#transport.consumer = this.#session;
      this.#session.upgradeDone(this.#transport);
    } else {
      this.#fail();
    }
  }

  transportClosed(): void {
    this.#fail();
  }

  transportFailed(): void {
    this.#fail();
  }

  unreadable(): void {
    this.#fail();
  }

  #nudgeIn(ms: number): void {
    this.#nudging?.stop(this.#nudge);
    this.#nudging = this.#session.deadlines(ms);
    this.#nudging.start(this.#nudge);
  }

  #nudgeAgain(): void {
    this.#session.nudge();
    // The client may have sent one more GET all the same.
    this.#nudgeIn(NUDGE_INTERVAL);
  }

  #fail(): void {
    if (this.#over) return;
    this.#stop();
    this.#session.upgradeFailed();
    this.#transport.discard();
  }

  #stop(): void {
    this.#over = true;
    this.#limit.stop(this);
    this.#nudging?.stop(this.#nudge);
  }
}
