import * as pulumi from "../providers/sdk.js";
import { StageReached } from "../providers/stage-reached.js";
import { type StageName, stages } from "../src/plan/index.js";
import type { Migration } from "./migration.js";

/** The stack output that says which stage's work is done. */
const reachedOutput = "reached";

/**
 * Which stage's work was done when this run began; undefined while none was. A resource knows only its own past, and the one that
 * opens a stage must know whether the stage before was finished: so it is asked of the stack itself.
 */
export function reachedBefore(): pulumi.Output<StageName | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  return new pulumi.StackReference(name)
    .getOutput(reachedOutput)
    .apply((said) => stages.find((stage) => stage === said));
}

/**
 * Closes the stage of the plan when everything that was declared is made.
 * @param handsOver digest of what other stacks go by; none where the plan is not split
 */
export function reached(
  { plan }: Migration,
  handsOver: string | undefined,
  declared: pulumi.Resource[],
): { done: StageReached; outputs: pulumi.Inputs } {
  const done = new StageReached(
    "stage-reached",
    { stage: plan.stage, ...(handsOver === undefined ? {} : { handsOver }) },
    { dependsOn: declared },
  );
  return { done, outputs: { [reachedOutput]: done.stage } };
}
