import type { Socket } from "node:net";
import type { Visit } from "./http/answering.js";

/** Ways into the servers of the labs in this process, for who is in it too: past TLS, sockets and datagrams. */
class Doors<Door> {
  readonly #open = new Map<string, Door>();

  /** Notes that a server listens at a place. @returns what notes its end */
  open(place: string, door: Door): () => void {
    this.#open.set(place, door);
    return () => void this.#open.delete(place);
  }

  /** The way in; undefined where none listens there. */
  at(place: string): Door | undefined {
    return this.#open.get(place);
  }
}

/** Microsoft's services, and the APIs of DNS hosts, by their origins. */
export const serviceDoors = new Doors<(visit: Visit) => void>();
/** Domain controllers, by host:port of LDAPS: they serve a socket as one that TLS protects. */
export const directoryDoors = new Doors<(socket: Socket) => void>();
/** DNS servers, by host:port: what they answer to a datagram, if anything. */
export const dnsDoors = new Doors<(message: Buffer) => Promise<Buffer | undefined>>();
