/** What the rivals are, pinned. The bench installs them into a cache of its own. */
export const VERSIONS: Readonly<Record<string, string>> = {
  "socket.io": "4.8.4",
  "@socket.io/bun-engine": "0.1.2",
};
