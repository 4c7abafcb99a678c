import type { z } from "zod";
import type { nativeDns } from "../../plan/dns-plan.js";
import type { PlanInput } from "../../plan/index.js";
import type { Secret } from "../../plan/secrets.js";
import type { Granularity } from "./shared/declare.js";
import type { HostedZone } from "./shared/zone.js";

/** The form of such a host in the plan. */
type NativeDnsInput = Extract<PlanInput["dns"], { host: keyof typeof nativeDns }>;

/** What one native resource says of a record set: all of it, or one value, by the host's granularity. */
export interface NativeSet {
  /** The zone's name, or the host's own id of it. */
  readonly zone: string;
  /** Fully qualified, or as the host has it within the zone. */
  readonly name: string;
  readonly type: string;
  /** Seconds; null where it is not known before the update. */
  readonly ttl: number | null;
  /** In text, as everywhere; null for one that is not known before the update. */
  readonly values: readonly (string | null)[];
  /** Whether the host answers with addresses of its own instead. */
  readonly proxied: boolean;
}

/** What `mailstage init` has to be told of a zone, because it cannot be found out. */
export interface HostQuestion {
  /** Its name in the plan, and in camel case that of its flag. */
  readonly name: string;
  /** How it is given: `--zone-id <id>`. */
  readonly flag: string;
  /** What it is, in words: the question, and the line of the usage error. */
  readonly meaning: string;
  /** What the plan takes. */
  readonly schema: z.ZodType;
}

/** What people are told of a host and asked of a zone there, and how its zones are recognized. */
export interface AboutHost {
  /** What people call it. */
  readonly title: string;
  /** The names of its name servers, canonical. */
  readonly nameServers: RegExp;
  /** What it has to be given, in the plan and beside it (docs/tenant-setup.md). */
  readonly needs: string;
  /** What of its form in the plan `mailstage init` asks for. */
  readonly asked: readonly HostQuestion[];
  /** That form, as `init` proposes it by the answers. */
  propose(answers: Readonly<Record<string, string | undefined>>): NativeDnsInput;
  /** What its pipeline has in the environment, and its key in stack config or a Kubernetes Secret. */
  readonly writesWith: { readonly environment: string; readonly config: string };
  /** What a review has in the environment to read records, never what writes them, and what a pipeline calls it. */
  readonly reviewsWith: { readonly environment: string; readonly secret: string };
}

/** How a host's native resources are told and read, whichever zone they are in. */
export interface NativeRecords {
  /** The type of its native resources, as the engine names it. */
  readonly token: string;
  /** What one native resource is: a value, or a whole set. */
  readonly granularity: Granularity;
  /** What a TTL that the host chooses by itself is for the world, seconds; absent where it chooses none. */
  readonly automaticTtl?: number;
  /** What the properties of one say; undefined where they are none. */
  read(properties: unknown, isUnknown: (value: unknown) => boolean): NativeSet | undefined;
}

/**
 * A DNS host whose records a Pulumi provider of its own keeps, as one object. In its folder are `about.ts` (what people are told of
 * it and asked), `place.ts` (where a zone is there, in state), `api.ts` (the zone as the host's API has it) and `convert.ts` (its records in mailstage's terms and back, pure), and
 * `native.ts` (what its native resources say, for a review); what declares these is in `stacks/dns`, since nothing here knows Pulumi.
 */
export interface NativeHost<Place> {
  readonly records: NativeRecords;
  /**
   * The zone as the host's API has it.
   * @throws MailstageError for a credential or a place that nobody has named
   */
  open(place: Place, zone: string, secretOf: (secret: Secret) => string | undefined): HostedZone;
}
