import { z } from "zod";
import type { Secret } from "../../plan/secrets.js";
import { azure } from "./azure/index.js";
import { azurePlace } from "./azure/place.js";
import { cloudflare } from "./cloudflare/index.js";
import { cloudflarePlace } from "./cloudflare/place.js";
import type { Granularity } from "./declare.js";
import type { HostedZone } from "./zone.js";

/** A zone at a host with a Pulumi provider of its own. */
export const hostPlace = z.discriminatedUnion("kind", [cloudflarePlace, azurePlace]);
/** A zone at a host with a Pulumi provider of its own. */
export type HostPlace = z.output<typeof hostPlace>;

/** What one native resource of a host is. */
export const granularityOf = ({ kind }: HostPlace): Granularity => ({ cloudflare, azure })[kind].granularity;

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
