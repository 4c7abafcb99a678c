import { z } from "zod";
import type { Plan } from "../../plan/index.js";
import type { NativeHostName } from "./all-about.js";
import { azurePlace, azurePlaceInPlan } from "./azure/place.js";
import { cloudflarePlace, cloudflarePlaceInPlan } from "./cloudflare/place.js";

/** A zone at a host with a Pulumi provider of its own, as resources have it in state. */
export const hostPlace = z.discriminatedUnion("kind", [cloudflarePlace, azurePlace]);
/** A zone at a host with a Pulumi provider of its own, as resources have it in state. */
export type HostPlace = z.output<typeof hostPlace>;

/** A zone at such a host as the plan has it. */
type NativeDns = Extract<Plan["dns"], { host: NativeHostName }>;

/** Where the plan's zone is. */
export function placeInPlan({ tenant }: Plan, dns: NativeDns): HostPlace {
  switch (dns.host) {
    case "cloudflare":
      return cloudflarePlaceInPlan(dns);
    case "azure":
      return azurePlaceInPlan(dns, tenant);
  }
}

/** The host's own id of a zone, by which its native records name it; undefined where they name the zone itself. */
export const zoneIdOf = (place: HostPlace): string | undefined =>
  place.kind === "cloudflare" ? place.zoneId : undefined;
