/** The headers of answers that are compared, wherever one may have them. */
export const HEADERS: readonly string[] = [
  "content-type",
  "cache-control",
  "set-cookie",
  "vary",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
];
