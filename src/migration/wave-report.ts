import { defined } from "../base/defined.js";
import { describeProblem } from "../base/problem.js";
import { keptAtMost, listBelow, mailboxes } from "../base/words.js";
import { listMigrationUsers, type MigrationBatchInfo } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import { batchNames, mailboxesByBatch } from "../state/batch-mailboxes.js";
import type { InputsOf, OutputsOf } from "../state/index.js";
import { seenIn } from "./arrived-mailboxes.js";
import { batchGuids } from "./batch-identity.js";
import { describeFailure, writeFailureReport } from "./failure-report.js";
import type { Owner } from "./own-files.js";
import { askToSync, toBeSynced } from "./sync-after-switch.js";
import {
  type BatchPresence,
  neverCopied,
  presenceOf,
  seeSynced,
  vanishedProblem,
} from "./vanished-batches.js";
import { describeProgress, progressWithGone, type WaveProgress, waveProgress } from "./wave-progress.js";

type Inputs = InputsOf<"MigrationBatch">;
type Outputs = OutputsOf<"MigrationBatch">;
type Batches = readonly (MigrationBatchInfo | undefined)[];

/** Where a wave's handler tells what it found, and where its files are. */
interface Voice extends Owner {
  info(message: string): Promise<void>;
  warn(message: string): Promise<void>;
}

/** Where the wave's batches are, against what state knows; of one that retired nothing is expected. */
export function standingIn(
  session: CloudSession,
  inputs: Inputs,
  batches: Batches,
  state: { readonly inputs: Inputs; readonly outputs: Outputs } | undefined,
): Promise<BatchPresence> {
  const names = batchNames(inputs.wave, inputs);
  const expected = state === undefined || inputs.retired ? [] : batchNames(inputs.wave, state.inputs);
  const { status = "Created", madeAt = null } = state?.outputs ?? {};
  return presenceOf(session, names, batches, { names: new Set(expected), status, madeAt });
}

/** Who was never copied as far as is known, and whose batch is gone. */
export function neverCopiedOf(
  inputs: Inputs,
  { gone }: Pick<BatchPresence, "gone">,
  seen: Outputs["seenSynced"],
): MailboxSet {
  const answeredFor = MailboxSet.ofAddresses(inputs.domain, inputs.convert ?? []);
  return neverCopied(mailboxesByBatch(inputs.wave, inputs), gone, seen ?? {}, answeredFor);
}

/** How far the wave is, batches that are gone counted by what was seen. */
export function progressOf(inputs: Inputs, batches: Batches, seen: Outputs["seenSynced"]): WaveProgress {
  const perBatch = Object.entries(mailboxesByBatch(inputs.wave, inputs)).map(([name, listed]) => ({
    mailboxes: listed.size,
    seen: seenIn(seen ?? {}, name).size,
  }));
  return progressWithGone(batches, perBatch);
}

/** Asks for the synchronization that a batch must have after the MX switch, once; the way into `retire` waits for it. */
export async function syncAfterSwitch(
  cx: Voice,
  session: CloudSession,
  inputs: Inputs,
  batches: Batches,
  before: Outputs | undefined,
): Promise<Pick<Outputs, "syncAskedAt">> {
  const syncAskedAt = before?.syncAskedAt ?? {};
  const routedAt = inputs.routing?.routedAt;
  const open = toBeSynced(batches, routedAt, syncAskedAt);
  if (routedAt === undefined || open.length === 0) return { syncAskedAt };
  const { asked, refused } = await askToSync(session, open, routedAt);
  const names = Object.keys(asked);
  if (names.length > 0)
    await cx.info(
      `${inputs.wave}: Exchange was asked to synchronize ${names.join(", ")} once more now that mail goes to Microsoft 365; stage retire waits for that`,
    );
  for (const line of refused) await cx.warn(line);
  return { syncAskedAt: { ...syncAskedAt, ...asked } };
}

/** What is saved, and what the user is told to do next. */
export async function reportWave(
  cx: Voice,
  session: CloudSession,
  inputs: Inputs,
  batches: Batches,
  gone: readonly string[],
  before: Partial<Outputs> | undefined,
) {
  const isGone = batches.every((batch) => batch === undefined);
  // What retired was copied; who knows of it keeps what it knows.
  const seenSynced =
    inputs.retired && isGone
      ? before?.seenSynced
      : await seeSynced(
          session,
          inputs.domain,
          mailboxesByBatch(inputs.wave, inputs),
          batches,
          before?.seenSynced ?? {},
        );
  const never = neverCopiedOf(inputs, { gone }, seenSynced);
  const progress = inputs.retired && isGone ? waveProgress(batches) : progressOf(inputs, batches, seenSynced);
  let failures: string[] = [];
  let path: string | null = null;
  if (progress.failed > 0) {
    const failed = (
      await Promise.all(
        batches.map((batch) =>
          batch === undefined || batch.failedCount === 0
            ? []
            : listMigrationUsers(session.exchange, { batch: batch.name, statusSummary: "Failed" }),
        ),
      )
    ).flat();
    failures = failed.slice(0, keptAtMost).map(describeFailure);
    path = writeFailureReport(cx, inputs.wave, failed);
    await cx.warn(
      listBelow(
        `${inputs.wave}: ${mailboxes(progress.failed)} failed; all are listed in ${path}. Mend the cause, raise retryFailed of ${inputs.wave} in the plan and run pulumi up:`,
        failed.map(describeFailure),
      ),
    );
  }
  if (progress.status === "Syncing")
    await cx.info(
      `${inputs.wave}: ${describeProgress(batches, await session.now())}. Nothing waits for it: run pulumi up again later to go on`,
    );
  const outputs: Outputs = {
    ...progress,
    batchGuids: batchGuids(batchNames(inputs.wave, inputs), batches, before?.batchGuids),
    madeAt: await madeAtOf(session, batches, before?.madeAt ?? null),
    ...defined({ seenSynced }),
    uncopied: never.size,
    syncAskedAt: before?.syncAskedAt ?? {},
    failures,
    report: path,
  };
  const blocked = never.size === 0 ? [] : [describeProblem(vanishedProblem(inputs.wave, gone, never))];
  return { id: inputs.wave, outputs, blocked };
}

/** When the youngest batch was made, as Exchange says; where it does not say, when it was first seen. */
async function madeAtOf(
  session: CloudSession,
  batches: Batches,
  before: string | null,
): Promise<string | null> {
  const live = batches.filter((batch) => batch !== undefined);
  if (live.length === 0) return before;
  const times = live.flatMap(({ createdAt }) => createdAt?.getTime() ?? []);
  if (times.length > 0) return new Date(Math.max(...times)).toISOString();
  return before ?? (await session.now()).toISOString();
}
