/** The part of a Worker that hands all requests to its one Durable Object. */

/** What a Worker is given that has a class `Room`. */
export interface RoomEnv {
  Room: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

/** The Worker. */
export const toRoom = {
  fetch: (request: Request, env: RoomEnv): Promise<Response> =>
    env.Room.getByName("all").fetch(request),
};
