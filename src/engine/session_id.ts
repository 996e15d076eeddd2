import { ERRORS, type Refusal, refuse } from "./refusal.ts";

/**
 * Draws the id of a new session.
 *
 * @param isFree whether no other session has it
 */
export async function drawId(
  draw: () => string | Promise<string>,
  prefix: string,
  isFree: (id: string) => boolean,
): Promise<string | Refusal> {
  try {
    const drawn = await draw();
    if (typeof drawn !== "string" || drawn === "") return idTaken();
    const id = prefix + drawn;
    return isFree(id) ? id : idTaken();
  } catch (error) {
    return refuse(ERRORS.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error });
  }
}

/** The refusal of a request whose id is none, or is another session's. */
export function idTaken(): Refusal {
  const error = new Error("generateId must return a string that no other session has");
  return refuse(ERRORS.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error });
}
