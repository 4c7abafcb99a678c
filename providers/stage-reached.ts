import type * as pulumi from "@pulumi/pulumi";
import { MailstageError } from "../src/base/problem.js";
import { atLeast, type StageName } from "../src/plan/index.js";
import { stageReachedContract } from "../src/state/stage-reached.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";

/** The stage that was applied. */
export type StageReachedArgs = ArgsOf<"StageReached">;

/**
 * Closes a stage: depends on everything the plan declares, so that it moves only when all of that was made. A run that was
 * refused, failed or was killed leaves it where it is, and so does one with `--target`, which may not name it alone: then `Stage`
 * is not asked in that run.
 */
export class StageReached extends MailstageResource implements Documented<"StageReached"> {
  declare readonly stage: pulumi.Output<StageName>;
  declare readonly furthest: pulumi.Output<StageName>;

  constructor(name: string, args: StageReachedArgs, opts?: pulumi.CustomResourceOptions) {
    super("StageReached", name, args, opts);
  }
}

export const stageReachedProvider = /* @__PURE__ */ dynamicProvider(stageReachedContract, {
  async check(cx, { stage, handsOver }, olds) {
    const moves =
      olds !== undefined && stage !== undefined && (stage !== olds.stage || handsOver !== olds.handsOver);
    if (moves && !cx.run.appliesPlan)
      throw new MailstageError({
        code: "stage-not-asked",
        subject: `stage ${stage}`,
        reason: "does not count as done by a run that leaves out the resource that opens it",
        hint: "Run pulumi up without --target",
      });
    const before = olds?.furthest ?? stage;
    return {
      furthest: stage === undefined || before === undefined || atLeast(before, stage) ? before : stage,
    };
  },

  async reconcile(_cx, { stage }) {
    return { id: stage, outputs: {} };
  },
  async read(_cx, inputs, outputs) {
    return { inputs, outputs };
  },
  async delete() {},
});
