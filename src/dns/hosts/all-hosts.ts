import type { Secret } from "../../plan/secrets.js";
import type { HostPlace } from "./all-places.js";
import { azure } from "./azure/index.js";
import { cloudflare } from "./cloudflare/index.js";
import type { HostedZone } from "./shared/zone.js";

/** The zone as its host's API has it. @throws MailstageError for a missing token or subscription */
export function openZone(
  place: HostPlace,
  zone: string,
  secretOf: (secret: Secret) => string | undefined,
): HostedZone {
  switch (place.kind) {
    case "cloudflare":
      return cloudflare.open(place, zone, secretOf);
    case "azure":
      return azure.open(place, zone, secretOf);
  }
}
