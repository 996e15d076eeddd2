/**
 * Waits for something, for so long: nothing else bounds a test.
 *
 * @param ms how long that is, in milliseconds
 * @throws {Error} if it takes longer
 */
export async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It takes longer than ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
