/**
 * The chat on Deno, on `$PORT` or 3000. `deno serve main.ts` serves it as well, but ends all connections
 * at once when it is to stop: here, the pages leave one after the other.
 *
 * @module
 */
import process from "node:process";
import chat from "./main.ts";

Deno.serve({ port: Number(process.env.PORT || 3000) }, chat.fetch);
