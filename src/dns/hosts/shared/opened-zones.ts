import type { HostedZone } from "./zone.js";

/** The zones of this process: one sign-in and one set of connections serves all records of a zone. */
const zones = new Map<string, HostedZone>();

/**
 * The zone that was opened so before, or is opened now.
 * @param place all that it is opened by: address, place, credential
 */
export function openedOnce(place: readonly string[], open: () => HostedZone): HostedZone {
  const key = place.join(" ");
  const zone = zones.get(key) ?? open();
  zones.set(key, zone);
  return zone;
}
