import type { Secret } from "../../plan/secrets.js";
import type { Granularity } from "./declare.js";
import type { HostedZone } from "./zone.js";

/**
 * A DNS host whose records a Pulumi provider of its own keeps, as one object. In its folder are `place.ts` (where a zone is there, in
 * state), `api.ts` (the zone as the host's API has it) and `convert.ts` (its records in mailstage's terms and back, pure); what
 * declares its native resources is in `stacks/dns`, since nothing here knows Pulumi.
 */
export interface NativeHost<Place> {
  /** What one native resource is: a value, or a whole set. */
  readonly granularity: Granularity;
  /**
   * The zone as the host's API has it.
   * @throws MailstageError for a credential or a place that nobody has named
   */
  open(place: Place, zone: string, secretOf: (secret: Secret) => string | undefined): HostedZone;
}
