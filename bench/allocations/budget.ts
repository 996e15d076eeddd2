/**
 * How many bytes of heap each thing may take in the interpreter: what it takes now, and a tenth more
 * for other versions of Deno. Raise one only with a reason.
 */
export const BUDGET: Readonly<Record<string, number>> = {
  "event in": 178,
  "event in, acknowledgement out": 740,
  "event out": 247,
  "io.emit, for each receiver": 62,
  "io.to(room).emit, for each receiver": 62,
  "socket.to(room).emit, for each receiver": 66,
  "heartbeat": 160,
  "a quiet connection": 3500,
};
