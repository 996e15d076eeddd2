import { ERRORS, type Refusal, refuse } from "./http/refusal.ts";

/**
 * Draws the id of a new session.
 *
 * @param isFree whether no other session has it
 */
export function drawId(
  draw: () => string | Promise<string>,
  prefix: string,
  isFree: (id: string) => boolean,
): string | Refusal | Promise<string | Refusal> {
  const check = (drawn: unknown) => {
    if (typeof drawn !== "string" || drawn === "") return idTaken();
    const id = prefix + drawn;
    return isFree(id) ? id : idTaken();
  };
  const failed = (error: unknown) =>
    refuse(ERRORS.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error });
  try {
    const drawn = draw();
    return typeof drawn === "string" ? check(drawn) : Promise.resolve(drawn).then(check, failed);
  } catch (error) {
    return failed(error);
  }
}

/** The refusal of a request whose id is none, or is another session's. */
export function idTaken(): Refusal {
  const error = new Error("generateId must return a string that no other session has");
  return refuse(ERRORS.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error });
}
