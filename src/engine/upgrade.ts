import { log } from "../base/log.ts";
import type { Packet } from "../wire/engine_packet.ts";
import { controlFrame } from "../wire/frame.ts";
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
export class Upgrade implements TransportConsumer {
  readonly #session: Session;
  readonly #transport: Transport;
  readonly #timeout: ReturnType<typeof setTimeout>;
  #nudging: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(session: Session, transport: Transport) {
    this.#session = session;
    this.#transport = transport;
    transport.consumer = this;
    this.#timeout = setTimeout(() => {
      log("engine:session", "upgrade failed: it took longer than upgradeTimeout");
      this.#fail();
    }, session.host.options.upgradeTimeout);
  }

  /** The session is over. */
  abort(): void {
    this.#stop();
    this.#transport.discard();
  }

  ready(): void {}

  stalled(): void {}

  message(): void {
    this.#fail();
  }

  packet(packet: Packet): void {
    if (packet.type === "ping" && packet.data === "probe") {
      this.#transport.send(PROBED);
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
    clearTimeout(this.#nudging);
    this.#nudging = setTimeout(() => {
      this.#session.nudge();
      // Again, since the client may have sent one more GET all the same.
      this.#nudgeIn(NUDGE_INTERVAL);
    }, ms);
  }

  #fail(): void {
    if (this.#over) return;
    this.#stop();
    this.#session.upgradeFailed();
    this.#transport.discard();
  }

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#timeout);
    clearTimeout(this.#nudging);
  }
}
