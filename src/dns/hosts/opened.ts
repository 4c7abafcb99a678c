import type { HostedZone } from "./zone.js";

/** The zones of this process: one sign-in and one set of connections serves all records of a zone. */
const zones = new Map<string, HostedZone>();

/**
 * The zone that was opened so before, or is opened now.
 * @param way all that it is opened by: address, place, credential
 */
export function openedOnce(way: readonly string[], open: () => HostedZone): HostedZone {
  const key = way.join(" ");
  const zone = zones.get(key) ?? open();
  zones.set(key, zone);
  return zone;
}
