import type { Room } from "../adapter.ts";

/**
 * Checks whether a socket may be in so many rooms.
 *
 * @param current those it is in
 * @param added those it wants to be in, too
 * @throws {RangeError} if these are too many
 */
export function checkRooms(
  current: ReadonlySet<Room> | undefined,
  added: ReadonlySet<Room>,
  most: number,
): void {
  const count = current?.size ?? 0;
  if (count + added.size <= most) return;
  // It may be in some of them already.
  let fresh = 0;
  for (const room of added) if (!current?.has(room)) fresh++;
  if (fresh > 0 && count + fresh > most) {
    throw new RangeError(`The socket would be in too many rooms (maxRooms is ${most})`);
  }
}
