/** Our server as a stage. */
import { Server, type ServerOptions } from "@fetchio/server";
import { control } from "./stage.mjs";

const servers = new Map<string, Server>();
const { websocket } = new Server();

function create(options: ServerOptions & { path: string }) {
  const io = new Server(options);
  io.on("error", (error) => console.error(error));
  servers.set(options.path, io);
  const close = async () => {
    await io.close();
    servers.delete(options.path);
  };
  return { io, close };
}

export default {
  hostname: "127.0.0.1",
  async fetch(request: Request, context: unknown): Promise<Response> {
    const [, first] = new URL(request.url).pathname.split("/");
    if (first === "control") return Response.json(await control(await request.json(), create));
    const io = servers.get(`/${first}`);
    return await io?.fetch(request, context) ?? new Response(null, { status: 404 });
  },
  websocket,
};
