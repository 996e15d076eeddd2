/** Where the servers differ, and why. A scenario that is not in here must be the same; one that is must differ. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  ...because("says what may be wrong", ["request: no query", "request: bundle that is none"]),
  ...because("answers without the slash, too", ["request: path without slash"]),
  ...because("tells caches that bundles come compressed or not", [
    "request: bundle with its version as ETag",
    "request: bundle with a weak ETag",
    "request: bundle with another ETag",
    "request: map of a bundle",
  ]),
  ...because("takes events that stand right behind CONNECT", ["post: two packets", "post: bytes"]),
  ...because("answers a payload that cannot be read with 400", [
    "post: nothing",
    "post: an unknown type",
    "post: half a payload",
  ]),
  ...because("shows every answer to the event headers, refusals too", [
    "post: too much",
    "post: octets",
    "poll: the second GET at a time",
  ]),
  ...because("takes another method for the client's fault, not its own", [
    "post: another method",
    "post: DELETE",
  ]),
  ...because("handles one packet before it looks at the next", [
    "poll: packets come in order, in one answer",
  ]),
  ...because("closes when the client says so", [
    "engine frame before connect: a close",
    "engine frame: a close",
  ]),
  ...because("names the same reason on each transport when the protocol is broken", [
    "engine frame: bytes",
    ...[
      "connect twice",
      "an event of another namespace",
      "a reserved event",
      "a reserved event, connect_error",
      "an event without name",
      "an event with a boolean for a name",
      "an event that is an object",
      "an event that is no JSON",
      "an acknowledgement that is an object",
      "a refusal",
      "connect with a list",
      "connect with text",
      "disconnect with data",
      "an unknown type",
      "no type",
      "no attachments",
      "attachments without number",
      "eleven attachments",
      "a placeholder too many",
      "a placeholder below zero",
      "a placeholder of text",
      "text in the place of an attachment",
      "bytes in the place of text",
    ].map((name) => `packet: ${name}`),
  ]),
  ...because("refuses what is no event or acknowledgement", [
    "packet: an event without data",
    "packet: an acknowledgement without id",
    "packet: an id of 17 digits",
  ]),
  ...because("ignores packets for a namespace that the server has just closed", [
    "action: disconnect",
    "action: disconnectSockets",
    "action: join after disconnect",
  ]),
  ...because("tells of the rooms in disconnect, too", ["action: rooms in disconnect"]),
  ...because("sends nothing to a namespace that is left", ["action: emit after disconnect"]),
};

/** Where Deno and Bun differ from each other, and why. */
export const RUNTIME_DIFFERENCES: Readonly<Record<string, string>> = {
  ...because("Bun closes by itself when a frame is too large", [
    "engine frame: too much",
  ]),
};

function because(reason: string, scenarios: readonly string[]): Record<string, string> {
  return Object.fromEntries(scenarios.map((name) => [name, reason]));
}
