import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { MailstageError } from "../src/errors/index.js";
import { askGates, gatesOf } from "../src/gates/index.js";
import { planSchema } from "../src/plan/index.js";
import { dynamicProvider, noOutputs } from "./dynamic.js";
import { MailstageResource } from "./resource.js";
import { observedInput, sessionOf, tenantInput } from "./settings.js";

const { stage, signOn, source, directory, licenses } = planSchema.shape;

/** What the preconditions are asked about. Not kept: state would carry the whole plan once a gate, and each run all of them. */
const asked = z.object({
  domain: z.string(),
  signOn,
  source,
  directory,
  licenses,
  tenant: tenantInput,
  observed: observedInput,
  batches: z.array(
    z.object({ name: z.string(), csv: z.string(), unifiedMessaging: z.enum(["keep", "disable", "enable"]) }),
  ),
  lowered: z.object({ observedAt: z.string().nullable(), formerTtl: z.number() }).optional(),
  routed: z.object({ observedAt: z.string().nullable(), values: z.array(z.string()) }).optional(),
  targetAddressGrant: z.string().optional(),
  stacks: z
    .array(z.object({ stack: z.string(), part: z.string(), handover: z.unknown().optional() }))
    .optional(),
});
const question = z.object({
  stage,
  waive: z.array(z.object({ gate: z.string(), reason: z.string() })),
  ...asked.shape,
});
type Question = z.output<typeof question>;

const inputs = z.object({
  stage,
  waive: question.shape.waive,
  passedAt: z.string().optional(),
  facts: z.array(z.string()).optional(),
  waived: z.array(z.string()).optional(),
  ...asked.partial().shape,
});
type Inputs = z.output<typeof inputs>;

/** The stage to enter, and what its preconditions are asked about. */
export interface GateArgs
  extends Pick<
    Question,
    | "stage"
    | "domain"
    | "signOn"
    | "source"
    | "directory"
    | "licenses"
    | "tenant"
    | "observed"
    | "batches"
    | "waive"
  > {
  /** When the MX was first seen with its lowered TTL, and the TTL it had before; for stage `route`. */
  lowered?: pulumi.Input<{ observedAt: string | null; formerTtl: number }>;
  /** When the MX was first seen to be the tenant's; for stage `retire`. */
  routed?: pulumi.Input<{ observedAt: string | null; values: string[] }>;
  /** SID that the plan's grant of targetAddress was given to, or `none` where it asks for no grant; for stage `prepare`. */
  targetAddressGrant?: pulumi.Input<string>;
  /** The wave stacks of a split plan: what their part is now, and what they said last; from stage `route` on. */
  stacks?: { stack: string; part: string; handover: pulumi.Input<unknown> }[];
}

/**
 * The way into one stage. Its preconditions are asked live during the preview that enters the stage; an unmet one fails
 * that preview with everything that is missing and when to try again. Once passed it is not asked again; going back a
 * stage removes it, so that the next way in asks anew. Overrides are waivers in the plan, each with its reason.
 */
export class Gate extends MailstageResource {
  /** When the preconditions were met, ISO 8601 by the service's clock. */
  declare readonly passedAt: pulumi.Output<string>;
  /** What was found to be in order. */
  declare readonly facts: pulumi.Output<string[]>;
  /** Preconditions that were not asked, with the plan's reason. */
  declare readonly waived: pulumi.Output<string[]>;

  constructor(name: string, args: GateArgs, opts?: pulumi.CustomResourceOptions) {
    super("Gate", name, { ...args, passedAt: undefined, facts: undefined, waived: undefined }, opts);
  }
}

const factsAtMost = 40;
/** What state has of a gate. Picked by name: what is absent was given the plan's defaults when it was parsed. */
const kept = ({ stage, waive, passedAt, facts, waived }: Inputs) => ({
  stage,
  waive,
  passedAt,
  facts,
  waived,
});
const forgotten = Object.fromEntries(Object.keys(asked.shape).map((key) => [key, undefined]));

export const gateProvider = /* @__PURE__ */ dynamicProvider({
  inputs,
  outputs: noOutputs,

  async check(cx, news, olds) {
    if (olds !== undefined && olds.stage === news.stage)
      // Passed: what was found then stays as it was, whatever the plan says by now.
      return { ...forgotten, ...kept(olds) };
    const { data: subject } = question.safeParse(news);
    if (subject === undefined)
      throw new MailstageError({
        code: "stage-not-applied",
        subject: `stage ${news.stage}`,
        reason: "cannot be entered: the stage before it is not applied yet",
        hint: "Run pulumi up at the stage before until nothing is left to do",
      });
    // The grant is still to be made: in a preview the right cannot be there yet, and the update asks for it.
    const later =
      subject.stage === "prepare" && subject.targetAddressGrant === undefined
        ? [{ gate: "permissions", reason: "asked by the update, once targetAddress is granted" }]
        : [];
    const report = await askGates(subject, [...later, ...subject.waive], {
      root: cx.root,
      session: sessionOf(subject.tenant),
      secret: cx.secret,
      progress: (message) => void cx.progress(message),
    });
    if (gatesOf(subject.stage).length > 0)
      await cx.info(
        [
          `stage ${subject.stage} may be entered`,
          ...report.facts,
          ...report.waived.map((line) => `not asked: ${line}`),
        ].join("\n  "),
      );
    if (report.warnings.length > 0) await cx.warn(report.warnings.join("\n"));
    return {
      ...forgotten,
      passedAt: report.askedAt.toISOString(),
      facts: report.facts.slice(0, factsAtMost),
      waived: [...report.waived],
    };
  },

  async reconcile(_cx, known) {
    return { id: known.stage, outputs: {} };
  },
  async read(_cx, known, outputs) {
    return { inputs: kept(known), outputs };
  },
  async delete() {},
});
