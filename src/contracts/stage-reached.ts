import { z } from "zod";
import { stages } from "../plan/index.js";
import { contract, noOutputs } from "./contract.js";

/**
 * The stage whose work is done. `Stage` is what the plan asks for and stands in state as soon as a run begins; this follows when
 * everything that the plan declares was made, and is what the next step is judged by.
 */
export const stageReachedContract = contract({
  inputs: z.object({
    /** The stage of the plan, all of which was applied. */
    stage: z.enum(stages),
    /** The furthest stage whose work was ever done. */
    furthest: z.enum(stages).optional(),
  }),
  outputs: noOutputs,
  computed: ["furthest"],
});
