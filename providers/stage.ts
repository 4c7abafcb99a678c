import type * as pulumi from "@pulumi/pulumi";
import { describeProblem, MailstageError, type Problem, throwIfAny } from "../src/base/problem.js";
import type { InputsOf } from "../src/contracts/index.js";
import type { TenantArgs } from "../src/contracts/settings.js";
import { stageContract } from "../src/contracts/stage.js";
import { isNeverStarted, listMigrationBatches } from "../src/microsoft365/exchange/index.js";
import { standingBatches } from "../src/microsoft365/shared-reads.js";
import { migrationOf, stateFormat } from "../src/migration/state-format.js";
import { unread } from "../src/migration/unread.js";
import { mayBePartOf } from "../src/plan/csv/index.js";
import { atLeast, type StageName, stages } from "../src/plan/index.js";
import { type WaveStack, waveStackProblems } from "../src/plan/split/index.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** The stage of the plan, and what the step to it is judged by. */
export interface StageArgs extends Omit<ArgsOf<"Stage">, "follows" | "reached"> {
  /** The stage whose work was done when this run began, or `unread`. Asked every time, never saved. */
  reached?: pulumi.Input<unknown>;
  /** In a wave stack: what it is to be applied with, and what the domain stack said last. Asked every time, never saved. */
  follows?: { own: Omit<WaveStack, "stage">; handover: pulumi.Input<unknown> };
}

/**
 * Opens the stage of the plan, so that none is skipped: forward and back one stage at a time, and forward only from a stage whose
 * work is done (`StageReached`). Every other resource depends on it. `retired` is computed during preview and can be relied on there.
 */
export class Stage extends MailstageResource {
  /** The stage of the plan. */
  declare readonly stage: pulumi.Output<StageName>;
  /** Waves whose migration batches were deleted at `retire`; they are never created again. */
  declare readonly retired: pulumi.Output<string[]>;

  constructor(name: string, args: StageArgs, opts?: pulumi.CustomResourceOptions) {
    super("Stage", name, args, opts);
  }
}

type Inputs = InputsOf<"Stage">;

/** What a step is judged by. */
type Standing = Pick<Inputs, "domain" | "stage" | "batches"> & { readonly tenant: { readonly id: string } };

/**
 * Why the step from one state of the plan to the next is refused. Pure.
 * @param reached the stage whose work is done, null where none is; the stage last asked for may be one further
 */
export function stageProblems(
  news: Standing & Pick<Inputs, "waive">,
  olds: Standing | undefined,
  reached: StageName | null = olds?.stage ?? null,
): Problem[] {
  const problems: Problem[] = [];
  const from = reached === null ? -1 : stages.indexOf(reached);
  const begun = olds === undefined ? -1 : stages.indexOf(olds.stage);
  const to = stages.indexOf(news.stage);
  const waived = news.waive.some(({ gate }) => gate === "stage-order");
  const skipped = to > from + 1 && to > begun && !waived;
  if (skipped && olds !== undefined && begun > from)
    problems.push({
      code: "stage-unfinished",
      subject: `stage ${news.stage}`,
      reason: `cannot be entered: stage ${olds.stage} was begun, but not all of its work was done`,
      hint: `Set stage: ${olds.stage} in the plan and run pulumi up until it ends without an error; then go on`,
    });
  else if (skipped)
    problems.push({
      code: "stage-skipped",
      subject: `stage ${news.stage}`,
      reason: `cannot be entered from ${reached ?? "nothing"}: ${stages.slice(from + 1, to).join(", ")} would be skipped`,
      hint: `Set stage: ${stages[from + 1]} in the plan, run pulumi up, and go on one stage at a time`,
    });
  // What was begun may be done in part, and is taken back before what came before it.
  const furthest = Math.max(from, begun);
  if (to < furthest - 1 && !waived)
    problems.push({
      code: "stage-skipped-back",
      subject: `stage ${news.stage}`,
      reason: `cannot be returned to from ${stages[furthest]} in one step`,
      hint: `Go back one stage at a time: set stage: ${stages[furthest - 1]} first`,
    });
  if (olds !== undefined && olds.domain !== news.domain)
    problems.push({
      code: "domain-changed",
      subject: `domain ${news.domain}`,
      reason: `this stack migrates ${olds.domain}`,
      hint: "Migrate another domain in a stack of its own",
    });
  if (olds !== undefined && olds.tenant.id.toLowerCase() !== news.tenant.id.toLowerCase())
    problems.push({
      code: "tenant-changed",
      subject: `tenant ${news.tenant.id}`,
      reason: `this stack migrates to tenant ${olds.tenant.id}`,
      hint: "Migrate to another organization in a stack of its own",
    });
  if (olds !== undefined && atLeast(olds.stage, "retire") && atLeast(news.stage, "retire"))
    for (const wave of Object.keys(news.batches))
      if (!(wave in olds.batches))
        problems.push({
          code: "batch-added-late",
          subject: `batch ${wave}`,
          reason: "was added when batches are no longer made, so that its mailboxes would never be copied",
          hint: "Set stage: route, run pulumi up, and add it there",
        });
  return problems;
}

/** The same for a wave stack: the domain stack goes one stage at a time, and a wave stack is where that one is. Pure. */
function followerProblems(
  news: Standing & Pick<Inputs, "waive">,
  olds: Standing | undefined,
  { own, handover }: NonNullable<Inputs["follows"]>,
): Problem[] {
  const inOrder = { gate: "stage-order", reason: "the domain stack goes in order" } as const;
  // A stack that is new where batches are no longer made comes with all its waves too late.
  const before = olds ?? (atLeast(news.stage, "retire") ? { ...news, batches: {} } : undefined);
  return [
    ...waveStackProblems({ ...own, stage: news.stage }, handover),
    ...stageProblems({ ...news, waive: [...news.waive, inOrder] }, before),
  ];
}

/**
 * Waves whose batches this step would delete while they may still be needed: taken out of the plan, or all of them on the
 * way back from `migrate`. Before `migrate` a wave is a plan only. Pure.
 */
export function removedWaves(
  news: Pick<Inputs, "stage" | "batches" | "elsewhere">,
  olds: Pick<Inputs, "stage" | "batches"> | undefined,
): string[] {
  if (olds === undefined || !atLeast(olds.stage, "migrate")) return [];
  if (atLeast(olds.stage, "retire") && atLeast(news.stage, "retire")) return [];
  const back = !atLeast(news.stage, "migrate");
  const own = Object.keys(olds.batches).filter((wave) => back || !(wave in news.batches));
  return back ? [...own, ...(news.elsewhere ?? [])] : own;
}

/** Why waves cannot leave the plan, as Exchange has their batches now: an update that failed may have made none. */
async function removalProblems(
  tenant: TenantArgs,
  stage: StageName,
  waves: readonly string[],
): Promise<Problem[]> {
  if (waves.length === 0) return [];
  const started = (await listMigrationBatches(sessionOf(tenant).exchange)).filter(
    (batch) => !isNeverStarted(batch),
  );
  const kept = waves.filter((wave) => started.some((batch) => mayBePartOf(wave, batch.name)));
  if (!atLeast(stage, "migrate") && kept.length > 0)
    return [
      {
        code: "batch-back-early",
        subject: `stage ${stage}`,
        reason: `cannot be returned to: it would delete batches that have been started: ${kept.join(", ")}`,
        hint: "Stay at migrate or go on; batches are deleted at stage retire",
      },
    ];
  return kept.map((wave) => ({
    code: "batch-removed-early",
    subject: `batch ${wave}`,
    reason:
      "was taken out of the plan although it has been started; mail that still arrives on premises would no longer be copied",
    hint: `Put ${wave} back; batches are deleted at stage retire. A batch cannot be renamed once started`,
  }));
}

/** The work of `retire` ends after everything else in its run: when the batches are gone, those of other stacks too. */
async function retireProblems(
  tenant: TenantArgs,
  news: Standing & Pick<Inputs, "elsewhere">,
  olds: Standing | undefined,
): Promise<Problem[]> {
  if (olds?.stage !== "retire" || news.stage !== "complete") return [];
  const waves = [...Object.keys(olds.batches), ...(news.elsewhere ?? [])];
  const standing = await standingBatches(sessionOf(tenant), waves);
  if (standing.size === 0) return [];
  return [
    {
      code: "stage-unfinished",
      subject: `stage ${news.stage}`,
      reason: `cannot be entered: batches are not deleted yet: ${[...standing.keys()].join(", ")}`,
      hint: "Set stage: retire in the plan and run pulumi up until it ends without an error; then go on",
    },
  ];
}

/** The engine cannot be asked for a state that may not be there, and a stack without outputs does not tell whether it is. */
const exportsNothing = (stage: StageName, before: StageName): Problem => ({
  code: "stack-exports-nothing",
  subject: `stage ${stage}`,
  reason:
    "cannot be judged: which stage's work is done is read from the state of a stack that has outputs, and the program exports none",
  hint: `Export one, such as export const { reached } = migration, and run pulumi up at stage ${before}; then go on`,
});

export const stageProvider = /* @__PURE__ */ dynamicProvider(stageContract, {
  async check(cx, news, olds) {
    const { domain, tenant, stage, batches, waive, elsewhere, follows } = news;
    // A waiver holds for this run: guards of deletions ask for it by name.
    if (!domain || !tenant || !stage || !batches || !waive)
      throw new MailstageError({
        code: "stage-unknown",
        subject: "stage",
        reason: "the stage, the domain and the batches must be known before the run",
      });
    cx.run.apply({ waive, dnsHost: news.dnsHost });
    if (news.reached === unread && olds !== undefined) {
      const problem = exportsNothing(stage, olds.stage);
      if (olds.stage !== stage) throw new MailstageError(problem);
      await cx.warn(describeProblem(problem));
    }
    const reached = stageContract.inputs.shape.stage.safeParse(news.reached).data ?? null;
    const removed = removedWaves({ stage, batches, elsewhere }, olds);
    const step = { domain, tenant, stage, batches, waive, elsewhere };
    throwIfAny([
      ...(follows === undefined
        ? [
            // What was begun without this stack is at the stage it is at; each resource tells whether the plan is right about that.
            ...(cx.adopting === undefined ? stageProblems(step, olds, reached) : []),
            ...(await retireProblems(tenant, step, olds)),
          ]
        : followerProblems(step, cx.adopting === undefined ? olds : step, follows)),
      ...(await removalProblems(tenant, stage, removed)),
    ]);
    // A wave of another name may take their mailboxes over.
    cx.run.leaving = removed.filter((wave) => !(wave in batches));
    const retired = new Set(olds?.retired);
    if (olds !== undefined && atLeast(olds.stage, "retire") && !atLeast(stage, "retire")) {
      const waves = Object.keys(olds.batches);
      const standing = await standingBatches(sessionOf(tenant), waves);
      for (const wave of waves) if (!standing.has(wave)) retired.add(wave);
    }
    const migrated = olds === undefined ? undefined : migrationOf(olds.format);
    if (migrated !== undefined) await cx.info(migrated);
    return {
      follows: undefined,
      reached: undefined,
      dnsHost: undefined,
      retired: [...retired].sort(),
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
