import type * as pulumi from "@pulumi/pulumi";
import { StageReached } from "../providers/stage-reached.js";
import { defined } from "../src/base/defined.js";
import type { StageName } from "../src/plan/index.js";
import type { Migration } from "./migration.js";
import { reachedOutput } from "./stack-output.js";

/**
 * Closes the stage of the plan when everything that was declared is made.
 * @param handsOver digest of what other stacks go by; none where the plan is not split
 */
export function reached(
  { plan, within }: Migration,
  handsOver: string | undefined,
  declared: pulumi.Resource[],
): { done: StageReached; outputs: { reached: pulumi.Output<StageName> } } {
  const done = new StageReached(
    "stage-reached",
    { stage: plan.stage, ...defined({ handsOver }) },
    { ...within, dependsOn: declared },
  );
  return { done, outputs: { [reachedOutput]: done.stage } };
}
