import type { Socket } from "node:net";
import type { Visit } from "./http/answering.js";

/** Ways into the servers of the labs in this process, for who is in it too: past TLS, sockets and datagrams. */
class Doors<Way> {
  readonly #open = new Map<string, Way>();

  /** Notes that a server listens at a place. @returns what notes its end */
  open(place: string, way: Way): () => void {
    this.#open.set(place, way);
    return () => void this.#open.delete(place);
  }

  /** The way in; undefined where none listens there. */
  at(place: string): Way | undefined {
    return this.#open.get(place);
  }
}

/** Microsoft's services, by their origins. */
export const serviceDoors = new Doors<(visit: Visit) => void>();
/** Domain controllers, by host:port of LDAPS: they serve a socket as one that TLS protects. */
export const directoryDoors = new Doors<(socket: Socket) => void>();
/** DNS servers, by host:port: what they answer to a datagram, if anything. */
export const dnsDoors = new Doors<(message: Buffer) => Promise<Buffer | undefined>>();
