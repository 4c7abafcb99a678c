import { z } from "zod";
import { planSchema } from "../plan/index.js";
import { awaitedMxSwitch } from "../plan/mx-switch.js";
import { contract, noOutputs } from "./contract.js";
import { observedInput, tenantInput } from "./settings.js";

const { stage, signOn, source, directory, licenses } = planSchema.shape;

/** What the preconditions are asked about. Not kept: state would carry the whole plan once a gate, and each run all of them. */
export const gateSubject = z.object({
  domain: z.string(),
  /** Where autodiscover is, when it is not the domain; for stage `complete`. */
  cloudNamespace: z.string().optional(),
  signOn,
  source,
  directory,
  licenses,
  tenant: tenantInput,
  observed: observedInput,
  waves: z.array(
    z.object({ name: z.string(), csv: z.string(), unifiedMessaging: z.enum(["keep", "disable", "enable"]) }),
  ),
  /** When the MX was first seen with its lowered TTL, and the TTL it had before; for stage `route`. */
  lowered: z.object({ observedAt: z.string().nullable(), formerTtl: z.number() }).optional(),
  /** When the MX was first seen to be the tenant's; for stages `retire` and `complete`. */
  routing: awaitedMxSwitch.optional(),
  /** SID that the plan's grant of targetAddress was given to, or `none` where it asks for no grant; for stage `prepare`. */
  targetAddressGrant: z.string().optional(),
  /** Id of the domain's verification, unknown in the preview of an update that makes it; for stage `connect`. */
  verification: z.string().optional(),
  /** Id of the migration endpoint, unknown in the preview of an update that makes it; for stage `migrate`. */
  endpoint: z.string().optional(),
  /** The wave stacks of a split plan: what their part is now, and what they said last; from stage `route` on. */
  stacks: z
    .array(z.object({ stack: z.string(), share: z.string(), handover: z.unknown().optional() }))
    .optional(),
});

/** What tells whether the work behind a gate is still to be done. Not kept either. */
const occasion = z.object({
  /** Whether this is the stage of the plan: the ways into earlier ones were passed. */
  entering: z.boolean(),
  /** Whether all of the stage was applied before. */
  applied: z.boolean(),
});

/** All that a gate is asked about, once it is known. */
export const wholeGateSubject = z.object({
  /** The stage to enter. */
  stage,
  /** Preconditions that the plan leaves out, each with its reason. */
  waive: z.array(z.object({ gate: z.string(), reason: z.string() })),
  ...gateSubject.shape,
  ...occasion.shape,
});

/** Inputs of `Gate`. */
export const gateInputs = {
  stage,
  waive: wholeGateSubject.shape.waive,
  /** When the preconditions were met, ISO 8601 by the service's clock. */
  passedAt: z.string().optional(),
  /** What was found to be in order. */
  facts: z.array(z.string()).optional(),
  /** Names of the preconditions that were asked and found in order. */
  met: z.array(z.string()).optional(),
  /** Preconditions that were not asked, with the plan's reason. */
  waived: z.array(z.string()).optional(),
  /** Set where `mailstage adopt` found the work behind it done: it was never asked, and guards on like one that was passed and applied. */
  adopted: z.boolean().optional(),
  /** Whether this is a preview, which a provider is not told otherwise. */
  dryRun: z.boolean().optional(),
  ...gateSubject.partial().shape,
  ...occasion.partial().shape,
};

/** The way into one stage. */
export const gateContract = contract({
  inputs: z.object(gateInputs),
  outputs: noOutputs,
  computed: ["passedAt", "facts", "met", "waived", "adopted", "dryRun"],
  forgotten: [
    "dryRun",
    "domain",
    "cloudNamespace",
    "signOn",
    "source",
    "directory",
    "licenses",
    "tenant",
    "observed",
    "waves",
    "lowered",
    "routing",
    "targetAddressGrant",
    "verification",
    "endpoint",
    "stacks",
    "entering",
    "applied",
  ],
});
