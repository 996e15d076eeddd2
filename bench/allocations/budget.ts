/**
 * How many bytes of heap each thing may take in the interpreter: what it takes now, and a tenth more
 * for other versions of Deno. Raise one only with a reason.
 */
export const BUDGET: Readonly<Record<string, number>> = {
  "event in": 300,
  "event in, acknowledgement out": 860,
  "event out": 710,
  "io.emit, for each receiver": 72,
  "io.to(room).emit, for each receiver": 72,
  "socket.to(room).emit, for each receiver": 74,
  "heartbeat": 160,
};
