/** Has to be imported before the old clients, which take the WebSocket of the runtime, and that takes no agent. */
const open = new Set<WebSocket>();

globalThis.WebSocket = class extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    open.add(this);
    this.addEventListener("close", () => open.delete(this));
  }
};

/** Waits until no WebSocket is left. */
export async function webSocketsClosed(): Promise<void> {
  await Promise.all(
    [...open].map((it) => new Promise((resolve) => it.addEventListener("close", resolve))),
  );
}
