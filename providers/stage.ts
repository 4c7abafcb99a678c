import type * as pulumi from "@pulumi/pulumi";
import { describeProblem, MailstageError, throwIfAny } from "../src/base/problem.js";
import type { CloudSession } from "../src/microsoft365/index.js";
import { tenantBatches } from "../src/microsoft365/shared-reads.js";
import { knownBatches, madeBatches } from "../src/migration/batch-identity.js";
import {
  exportsNothing,
  followerProblems,
  phaseProblems,
  removalProblems,
  removedWaves,
  retiredWaves,
  retireProblems,
  stageProblems,
} from "../src/migration/stage-step.js";
import { unread } from "../src/migration/unread.js";
import { atLeast, type StageName } from "../src/plan/index.js";
import type { WaveStack } from "../src/plan/split/index.js";
import { formatChange, stateFormat } from "../src/state/format-version.js";
import { stageContract } from "../src/state/stage.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** The stage of the plan, and what the step to it is judged by. */
export interface StageArgs extends Omit<ArgsOf<"Stage">, "follows" | "reached" | "made"> {
  /** The stage whose work was done when this run began, or `unread`. Asked every time, never saved. */
  reached?: pulumi.Input<unknown>;
  /** By wave, Exchange's ids of its batches by name, as this stack's state had them when this run began. Asked every time, never saved. */
  made?: pulumi.Input<unknown>;
  /** In a wave stack: what it is to be applied with, and what the domain stack said last. Asked every time, never saved. */
  follows?: { own: Omit<WaveStack, "stage">; handover: pulumi.Input<unknown> };
}

/**
 * Opens the stage of the plan, so that none is skipped: forward and back one stage at a time, and forward only from a stage whose
 * work is done (`StageReached`). Every other resource depends on it. `retired` is computed during preview and can be relied on there.
 */
export class Stage extends MailstageResource implements Documented<"Stage"> {
  declare readonly stage: pulumi.Output<StageName>;
  declare readonly retired: pulumi.Output<string[]>;

  constructor(name: string, args: StageArgs, opts?: pulumi.CustomResourceOptions) {
    super("Stage", name, args, opts);
  }
}

/**
 * Begins what every run asks that stays where the migration is: Graph for the tenant's records from `verify` on, Exchange for the
 * batches while there are any. Resources follow one another, and answers take their time; failures are told by who needs the answer.
 */
function askAhead(session: CloudSession, stage: StageName, before: StageName): void {
  if (!atLeast(stage, "verify") || !atLeast(before, "verify")) return;
  session.signInAhead();
  if (atLeast(stage, "migrate") && atLeast(before, "migrate") && !atLeast(before, "retire"))
    tenantBatches(session).catch(() => undefined);
}

export const stageProvider = /* @__PURE__ */ dynamicProvider(stageContract, {
  async check(cx, news, olds) {
    const { domain, tenant, stage, phases, waive, elsewhere, follows } = news;
    if (!domain || !tenant || !stage || !phases || !waive)
      throw new MailstageError({
        code: "stage-unknown",
        subject: "stage",
        reason: "the stage, the domain and the waves must be known before the run",
      });
    const run = cx.run.of(domain);
    // A waiver holds for this run: guards of deletions ask for it by name.
    run.apply({ waive, dnsHost: news.dnsHost, stage });
    if (news.reached === unread && olds !== undefined) {
      const problem = exportsNothing(stage, olds.stage);
      if (olds.stage !== stage) throw new MailstageError(problem);
      await cx.warn(describeProblem(problem));
    }
    const reached = stageContract.inputs.shape.stage.safeParse(news.reached).data ?? null;
    const made = madeBatches.safeParse(news.made).data;
    const waves = [...Object.keys(phases), ...Object.keys(olds?.phases ?? {}), ...Object.keys(made ?? {})];
    run.made = knownBatches(waves, made);
    const removed = removedWaves({ stage, phases, elsewhere }, olds, Object.keys(made ?? {}));
    const session = sessionOf(tenant);
    // Who asks for the batches shares one list of them, which is no older than this.
    const asked = performance.now();
    if (olds !== undefined) askAhead(session, stage, olds.stage);
    run.retired = await retiredWaves(run, session, stage, olds, asked);
    const step = { domain, tenant, stage, phases, waive, elsewhere };
    throwIfAny([
      ...(follows === undefined
        ? [
            // What was begun without this stack is at the stage it is at; each resource tells whether the plan is right about that.
            ...(cx.adopting === undefined ? stageProblems(step, olds, reached) : []),
            ...(await retireProblems(run, session, step, olds)),
          ]
        : followerProblems(step, cx.adopting === undefined ? olds : step, follows)),
      ...(await removalProblems(run, session, stage, removed, asked)),
      ...phaseProblems(run, step, olds),
    ]);
    // A wave of another name may take their mailboxes over.
    run.leaving = removed.filter((wave) => !(wave in phases));
    const migrated = olds === undefined ? undefined : formatChange(olds.format);
    if (migrated !== undefined) await cx.info(migrated);
    return {
      follows: undefined,
      reached: undefined,
      made: undefined,
      dnsHost: undefined,
      retired: [...run.retired],
      format: stateFormat,
    };
  },

  async reconcile(_cx, { domain }) {
    return { id: domain, outputs: {} };
  },
  async read(_cx, inputs, outputs) {
    return { inputs, outputs };
  },
  async delete() {},
});
