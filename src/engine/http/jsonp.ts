import { ProtocolError } from "../../base/errors.ts";
import type { Dialect } from "../dialect.ts";

/**
 * Polling by script elements and forms, for browsers without requests to other origins. An answer is a call of the
 * client's function number `index`; what the client sends is in the form field `d`.
 *
 * @param dialect how the client writes otherwise, text only
 * @param index the `j` of the query
 */
export function jsonp(dialect: Dialect, index: string): Dialect {
  // Digits only: it becomes code.
  const head = `___eio[${index.replace(/[^0-9]/g, "")}](`;
  return {
    ...dialect,
    payload: (frames) => `${head}${scriptString(String(dialect.payload(frames)))});`,
    packets: (body) => dialect.packets(formField(String(body))),
  };
}

// Two line separators that JSON allows in a string and old engines do not allow in a script, and the sign that would
// end the script element if someone took the answer for a page.
function scriptString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u2028\u2029<]/g,
    (it) => "\\u" + it.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function formField(body: string): string {
  const raw = /(?:^|&)d=([^&]*)/.exec(body)?.[1];
  if (raw === undefined) throw new ProtocolError("no field d");
  const text = new URLSearchParams("d=" + raw).get("d") ?? "";
  // Forms change line ends, so the client writes a line end as \n, and a \n of its own as \\n.
  return text.replace(/(\\)?\\n/g, (_, escaped) => escaped === undefined ? "\n" : "\\n");
}
