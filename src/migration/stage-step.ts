import type { Problem } from "../base/problem.js";
import { isNeverStarted, isRemoving } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches } from "../microsoft365/shared-reads.js";
import { atLeast, type StageName, stages } from "../plan/index.js";
import type { DomainRun } from "../plan/run.js";
import { waveStackProblems } from "../plan/split/index.js";
import type { InputsOf } from "../state/index.js";
import { hasNone, mayBeOf } from "./batch-identity.js";
import { standingBatches } from "./standing-batches.js";

type Inputs = InputsOf<"Stage">;

/** What a step is judged by. */
type StagePoint = Pick<Inputs, "domain" | "stage" | "phases"> & { readonly tenant: { readonly id: string } };

/**
 * Why the step from one state of the plan to the next is refused. Pure.
 * @param reached the stage whose work is done, null where none is; the stage last asked for may be one further
 */
export function stageProblems(
  news: StagePoint & Pick<Inputs, "waive">,
  olds: StagePoint | undefined,
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
    for (const wave of Object.keys(news.phases))
      if (!(wave in olds.phases))
        problems.push({
          code: "batch-added-late",
          subject: `wave ${wave}`,
          reason: "was added when batches are no longer made, so that its mailboxes would never be copied",
          hint: "Set stage: route, run pulumi up, and add it there",
        });
  return problems;
}

/**
 * Why waves cannot go back to phase `created` when their batches are made no more: nothing would look at their lists then, nor license
 * whom they have. Pure.
 */
export function phaseProblems(
  run: Pick<DomainRun, "makesNoBatches">,
  { phases }: Pick<Inputs, "phases">,
  olds: Pick<Inputs, "phases"> | undefined,
): Problem[] {
  return Object.entries(olds?.phases ?? {}).flatMap(([wave, before]): Problem[] =>
    before === "created" || phases[wave] !== "created" || !run.makesNoBatches(wave)
      ? []
      : [
          {
            code: "wave-created-late",
            subject: `wave ${wave}`,
            reason: "cannot go back to phase created when its batches are not made any more",
            hint: `Set its phase to ${before} again`,
          },
        ],
  );
}

/** `stageProblems` for a wave stack: the domain stack goes one stage at a time, and a wave stack is where that one is. Pure. */
export function followerProblems(
  news: StagePoint & Pick<Inputs, "waive">,
  olds: StagePoint | undefined,
  { own, handover }: NonNullable<Inputs["follows"]>,
): Problem[] {
  const inOrder = { gate: "stage-order", reason: "the domain stack goes in order" } as const;
  // A stack that is new where batches are no longer made comes with all its waves too late.
  const before = olds ?? (atLeast(news.stage, "retire") ? { ...news, phases: {} } : undefined);
  return [
    ...waveStackProblems({ ...own, stage: news.stage }, handover),
    ...stageProblems({ ...news, waive: [...news.waive, inOrder] }, before),
  ];
}

/**
 * Waves whose batches this step would delete while they may still be needed: taken out of the plan, or all of them on the
 * way back from `migrate`. Before `migrate` a wave is a plan only. Pure.
 * @param held waves whose batches the stack's state has, also where a run that failed has let the plan go over to others
 */
export function removedWaves(
  news: Pick<Inputs, "stage" | "phases" | "elsewhere">,
  olds: Pick<Inputs, "stage" | "phases"> | undefined,
  held: readonly string[] = [],
): string[] {
  if (olds === undefined || !atLeast(olds.stage, "migrate")) return [];
  if (atLeast(olds.stage, "retire") && atLeast(news.stage, "retire")) return [];
  const back = !atLeast(news.stage, "migrate");
  const before = new Set([...Object.keys(olds.phases), ...held]);
  const own = [...before].filter((wave) => back || !(wave in news.phases));
  return back ? [...own, ...(news.elsewhere ?? [])] : own;
}

/**
 * Why waves cannot leave the plan, as Exchange has their batches now: an update that failed may have made none.
 * @param notBefore as for `tenantBatches`
 */
export async function removalProblems(
  run: DomainRun,
  session: CloudSession,
  stage: StageName,
  waves: readonly string[],
  notBefore: number,
): Promise<Problem[]> {
  if (waves.length === 0) return [];
  const started = (await tenantBatches(session, notBefore)).filter(
    (batch) => !isNeverStarted(batch) && !isRemoving(batch.status),
  );
  const all = waves.filter((wave) => started.some((batch) => mayBeOf(run, wave, batch)));
  const unknown = all.filter((wave) => hasNone(run, wave));
  const kept = all.filter((wave) => !unknown.includes(wave));
  const maybe = run.waiverOf("stage-order") === undefined ? unknown.map(unknownStartedProblem) : [];
  if (!atLeast(stage, "migrate") && kept.length > 0)
    return [
      ...maybe,
      {
        code: "batch-back-early",
        subject: `stage ${stage}`,
        reason: `cannot be returned to: it would delete batches that have been started: ${kept.join(", ")}`,
        hint: "Stay at migrate or go on; batches are deleted at stage retire",
      },
    ];
  return [
    ...maybe,
    ...kept.map((wave) => ({
      code: "batch-removed-early",
      subject: `wave ${wave}`,
      reason:
        "was taken out of the plan although it has been started; mail that still arrives on premises would no longer be copied",
      hint: `Put ${wave} back; batches are deleted at stage retire. A wave cannot be renamed once started`,
    })),
  ];
}

/** A batch that was started, of a wave that leaves: the run that made it was killed before state had its id, or somebody else made it. */
const unknownStartedProblem = (wave: string): Problem => ({
  code: "batch-not-known-started",
  subject: `batch ${wave}`,
  reason: `has been started, and the stack's state has no id of it: it may be the batch of wave ${wave}, whose users nobody would license any more, or somebody else's`,
  hint: `Put ${wave} back and run pulumi up, which takes it over or says what differs. Where it is somebody else's, waive stage-order with that reason while ${wave} leaves the plan`,
});

/**
 * Waves whose batches `retire` has deleted: those of before, and on the way back from there what Exchange has no batch of.
 * @param notBefore as for `tenantBatches`
 */
export async function retiredWaves(
  run: Pick<DomainRun, "made">,
  session: CloudSession,
  stage: StageName,
  olds: Pick<Inputs, "stage" | "phases" | "retired"> | undefined,
  notBefore: number,
): Promise<string[]> {
  const retired = new Set(olds?.retired);
  if (olds !== undefined && atLeast(olds.stage, "retire") && !atLeast(stage, "retire")) {
    const before = Object.keys(olds.phases);
    const standing = await standingBatches(run, session, before, notBefore);
    for (const wave of before) if (!standing.has(wave)) retired.add(wave);
  }
  return [...retired].sort();
}

/** The work of `retire` ends after everything else in its run: when the batches are gone, those of other stacks too. */
export async function retireProblems(
  run: Pick<DomainRun, "made">,
  session: CloudSession,
  news: StagePoint & Pick<Inputs, "elsewhere">,
  olds: StagePoint | undefined,
): Promise<Problem[]> {
  if (olds?.stage !== "retire" || news.stage !== "complete") return [];
  const waves = [...Object.keys(olds.phases), ...(news.elsewhere ?? [])];
  const standing = await standingBatches(run, session, waves);
  if (standing.size === 0) return [];
  return [
    {
      code: "stage-unfinished",
      subject: `stage ${news.stage}`,
      reason: `cannot be entered: batches are not deleted yet: ${[...standing.keys()].join(", ")}`,
      hint: "Set stage: retire in the plan and run pulumi up until it ends without an error; then go on. One that this stack did not make stays: delete it with Remove-MigrationBatch",
    },
  ];
}

/** The engine cannot be asked for a state that may not be there, and a stack without outputs does not tell whether it is. */
export const exportsNothing = (stage: StageName, before: StageName): Problem => ({
  code: "stack-exports-nothing",
  subject: `stage ${stage}`,
  reason:
    "cannot be judged: which stage's work is done is read from the state of a stack that has outputs, and this one has none",
  hint: `Export one, such as export const { reached } = migration, and run pulumi up at stage ${before}; then go on`,
});
