import { z } from "zod";
import { planSchema, stages } from "../plan/index.js";
import { contract, noOutputs } from "./contract.js";
import { tenantInput } from "./settings.js";

/** How far the domain's migration has got. */
export const stageContract = contract({
  inputs: z.object({
    /** The e-mail domain; one stack migrates one domain, so it cannot change. */
    domain: z.string(),
    /** The tenant, asked for the batches of a wave that leaves the plan. */
    tenant: tenantInput,
    /** The stage of the plan. */
    stage: z.enum(stages),
    /** Each wave's phase, by name: a wave that has been started stays in the plan until `retire`. */
    batches: z.record(z.string(), z.enum(["created", "started", "converted"])),
    /** The waivers of the plan, each with its reason. */
    waive: planSchema.shape.waive,
    /** Waves of a split plan that other stacks migrate: their batches too keep the domain from going back. */
    elsewhere: z.array(z.string()).optional(),
    /** In a wave stack: what it is to be applied with, and what the domain stack said last. */
    follows: z
      .object({
        own: z.object({
          stack: z.string(),
          domainStack: z.string(),
          revision: z.string(),
          part: z.string(),
        }),
        handover: z.unknown().optional(),
      })
      .optional(),
    /** The furthest stage this stack has ever entered. */
    furthest: z.enum(stages).optional(),
    /** Waves whose migration batches were deleted at `retire`; they are never created again. */
    retired: z.array(z.string()).optional(),
  }),
  outputs: noOutputs,
  computed: ["furthest", "retired"],
  forgotten: ["follows"],
  ignoreChanges: ["tenant", "elsewhere"],
});
