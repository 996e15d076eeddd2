/**
 * Chooses the encoding of an answer.
 *
 * @param header the request's `Accept-Encoding`
 * @param offered what the answer can be encoded as, the best first
 * @returns the one that the client likes best, of equals the first; `undefined` if it takes none of them
 */
export function chooseEncoding<Encoding extends string>(
  header: string | null,
  offered: readonly Encoding[],
): Encoding | undefined {
  if (header === null) return undefined;
  const weights = new Map<string, number>();
  for (const item of header.split(",")) {
    const [coding = "", ...parameters] = item.split(";").map((it) => it.trim().toLowerCase());
    const weight = parameters.find((it) => it.startsWith("q="));
    weights.set(
      coding.replace("x-gzip", "gzip"),
      weight === undefined ? 1 : Number(weight.slice(2)),
    );
  }
  let best: Encoding | undefined;
  let highest = 0;
  for (const encoding of offered) {
    const weight = weights.get(encoding) ?? weights.get("*") ?? 0;
    if (weight > highest) [best, highest] = [encoding, weight];
  }
  return best;
}
