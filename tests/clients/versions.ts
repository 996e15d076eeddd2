/** The versions of the official client that servers answer as they are. */
import { Manager as Newest } from "socket.io-client";
import { Manager as Manager3 } from "socket.io-client-3";
import { Manager as Manager40 } from "socket.io-client-4.0";
import { Manager as Manager44 } from "socket.io-client-4.4";
import { Manager as Manager46 } from "socket.io-client-4.6";

/** A version of the official client. */
export interface Version {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /** Its manager; what tests use of it is the same in all of them. */
  readonly Manager: typeof Newest;
}

/** From the first that speaks Engine.IO 4. */
export const VERSIONS: readonly Version[] = [
  { name: "socket.io-client 3.1.3", Manager: Manager3 as unknown as typeof Newest },
  { name: "socket.io-client 4.0.2", Manager: Manager40 as unknown as typeof Newest },
  { name: "socket.io-client 4.4.1", Manager: Manager44 as unknown as typeof Newest },
  { name: "socket.io-client 4.6.2", Manager: Manager46 as unknown as typeof Newest },
  { name: "the newest socket.io-client", Manager: Newest },
];
