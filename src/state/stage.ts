import { z } from "zod";
import { planSchema, stages } from "../plan/index.js";
import { contract, noOutputs } from "./contract.js";
import { tenantInput } from "./settings.js";

/** Inputs of `Stage`. */
export const stageInputs = {
  /** The e-mail domain; one stack migrates one domain, so it cannot change. */
  domain: z.string(),
  /** The tenant, asked for the batches of a wave that leaves the plan. */
  tenant: tenantInput,
  /** The stage of the plan. */
  stage: z.enum(stages),
  /** Each wave's phase, by name: a wave that has been started stays in the plan until `retire`. */
  phases: z.record(z.string(), z.enum(["created", "started", "converted"])),
  /** The waivers of the plan, each with its reason. */
  waive: planSchema.shape.waive,
  /** Waves of a split plan that other stacks migrate: their batches too keep the domain from going back. */
  elsewhere: z.array(z.string()).optional(),
  /** In a wave stack, the stack that moves the domain. */
  domainStack: z.string().optional(),
  /** In a wave stack: what it is to be applied with, and what the domain stack said last. */
  follows: z
    .object({
      own: z.object({
        stack: z.string(),
        domainStack: z.string(),
        revision: z.string(),
        share: z.string(),
      }),
      handover: z.unknown().optional(),
    })
    .optional(),
  /** The stage whose work was done when this run began, as the stack has said (`reached`); absent while none was. */
  reached: z.unknown().optional(),
  /** By wave, Exchange's ids of its batches by name, as the stack's state had them when this run began; absent where it cannot be read. */
  made: z.unknown().optional(),
  /** The plan's DNS host, told where stack config has no plan to look it up in: what a person kept is another host's from now on. */
  dnsHost: z.string().optional(),
  /** Waves whose migration batches were deleted at `retire`, known on the way back from there; they are never created again. */
  retired: z.array(z.string()).optional(),
  /** The form of the whole state, by the first release that writes it so: an older program refuses a newer one. */
  format: z.string().optional(),
};

/** The stage that the plan asks for. How far the migration has got is what `StageReached` says. */
export const stageContract = contract({
  inputs: z.object(stageInputs),
  outputs: noOutputs,
  computed: ["retired", "format"],
  forgotten: ["follows", "reached", "made", "dnsHost"],
  ignoreChanges: ["tenant", "elsewhere", "domainStack"],
});
