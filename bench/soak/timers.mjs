/** Counts the timers of the process that were set and are still to fire: to be loaded before anything else. */

const pending = new Set();

/** How many there are. */
export const countTimers = () => pending.size;

const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;

globalThis.setTimeout = (callback, ms, ...args) => {
  const id = setTimeout(() => {
    pending.delete(id);
    callback(...args);
  }, ms);
  pending.add(id);
  return id;
};
globalThis.setInterval = (...args) => {
  const id = setInterval(...args);
  pending.add(id);
  return id;
};
globalThis.clearTimeout = (id) => {
  pending.delete(id);
  clearTimeout(id);
};
globalThis.clearInterval = (id) => {
  pending.delete(id);
  clearInterval(id);
};
