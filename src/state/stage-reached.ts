import { z } from "zod";
import { stages } from "../plan/index.js";
import { contract, noOutputs } from "./contract.js";

/** Inputs of `StageReached`. */
export const stageReachedInputs = {
  /** The stage of the plan, all of which was applied. */
  stage: z.enum(stages),
  /**
   * Digest of what the other stacks of a split plan go by: the plan and the lists this stack was applied with. A change of them is a
   * change of this stack, although nothing else in it may change: so a review tells it, and a pipeline applies it.
   */
  handsOver: z.string().optional(),
  /** The furthest stage whose work was ever done. */
  furthest: z.enum(stages).optional(),
};

/**
 * The stage whose work is done. `Stage` is what the plan asks for and stands in state as soon as a run begins; this follows when
 * everything that the plan declares was made, and is what the next step is judged by.
 */
export const stageReachedContract = contract({
  inputs: z.object(stageReachedInputs),
  outputs: noOutputs,
  computed: ["furthest"],
});
