import type { Frame } from "../../wire/frame.ts";
import type { Session } from "../adapter.ts";

const frames = new WeakMap<Session, () => readonly Frame[]>();

/** Says how the packets were written that a client has missed: what was in them may have changed since. */
export function keepFrames(session: Session, missed: () => readonly Frame[]): void {
  frames.set(session, missed);
}

/** What a client has missed, as it was written, if the adapter knows. */
export function missedBy(session: Session): readonly (unknown[] | Frame)[] {
  return frames.get(session)?.() ?? session.missedPackets;
}
