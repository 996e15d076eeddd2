/**
 * Waits for something, for so long: nothing else bounds a test.
 *
 * @param ms how long that is, in milliseconds
 * @param seen what has happened until then
 * @throws {Error} if it takes longer
 */
export async function inTime<T>(
  ms: number,
  work: Promise<T>,
  seen: readonly string[] = [],
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const last = seen.slice(-20).map((it) => `\n${it}`).join("");
    late.reject(new Error(`It takes longer than ${ms} ms${last}`));
  }, ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
