import type { Visit } from "./answering.js";

/** The services of the labs in this process, by their origins. */
const doors = new Map<string, (visit: Visit) => void>();

/** Notes that a service listens. @returns what notes its end */
export function openDoor(origin: string, answer: (visit: Visit) => void): () => void {
  doors.set(origin, answer);
  return () => void doors.delete(origin);
}

/** How the service at a URL answers who is in the same process, without TLS and sockets; undefined where none listens there. */
export function doorAt(url: string): ((visit: Visit) => void) | undefined {
  return doors.get(new URL(url).origin);
}
