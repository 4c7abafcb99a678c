import type * as pulumi from "@pulumi/pulumi";
import { utcMinute } from "../src/base/dates.js";
import { describeProblem, throwIfAny } from "../src/base/problem.js";
import { mailboxes } from "../src/base/words.js";
import {
  isRemoving,
  type MigrationBatchInfo,
  removeMigrationBatch,
} from "../src/microsoft365/exchange/index.js";
import { adoptedBatchProblems } from "../src/migration/adopt/batches.js";
import { adoptionProblems, leftOutProblems, removingProblems } from "../src/migration/batch-conflicts.js";
import { batchGuids, isThatBatch, notThatBatchMessage, ownBatches } from "../src/migration/batch-identity.js";
import { ensureBatches } from "../src/migration/ensure-batches.js";
import { routingStands } from "../src/migration/gates/mail-routing.js";
import { batchDeletionProblems } from "../src/migration/guard-of-batch-deletion.js";
import { freeFromLeaving } from "../src/migration/leaving-waves.js";
import { liveInputs } from "../src/migration/live-inputs.js";
import { isFreshlyAdopted, toBeSynced } from "../src/migration/sync-after-switch.js";
import { lookedForAgain, notListedProblem, vanishedProblem } from "../src/migration/vanished-batches.js";
import { goneMessage, readBatches, type WaveBatches, watchBatches } from "../src/migration/wave-batches.js";
import { readWave } from "../src/migration/wave-file.js";
import { checkWaveList } from "../src/migration/wave-list-check.js";
import { isWaveSettled } from "../src/migration/wave-progress.js";
import {
  neverCopiedOf,
  progressOf,
  reportWave,
  standingIn,
  syncAfterSwitch,
} from "../src/migration/wave-report.js";
import { uploadCsv } from "../src/plan/csv/index.js";
import { batchMailboxes, batchNames, mailboxesByBatch } from "../src/state/batch-mailboxes.js";
import type { InputsOf, OutputsOf } from "../src/state/index.js";
import { migrationBatchContract } from "../src/state/wave-migration-batch.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"MigrationBatch">;

type Outputs = OutputsOf<"MigrationBatch">;

/** What a wave's migration batch is made of. */
export interface MigrationBatchArgs
  extends ArgsOf<"MigrationBatch", "endpoint" | "digest" | "retired" | "routing"> {
  /** Local parts of the CSV's addresses, by `joinNames`. */
  mailboxes: string;
}

/**
 * A wave of the staged migration: one migration batch in Exchange Online, or several where the CSV has over 2,000 rows
 * (`wave`, `wave-2`, …; a mailbox never moves from one to another). New-MigrationBatch with CSVData, always: without
 * it Exchange would migrate the whole organization. Created, adopted by name, watched, and deleted only when mail has
 * been routed to Microsoft 365 for 72 hours and was synchronized since (Microsoft's procedure, "Delete the staged migration batch").
 */
export class MigrationBatch extends MailstageResource implements Documented<"MigrationBatch"> {
  declare readonly mailboxes: pulumi.Output<string | undefined>;
  declare readonly mailboxesByBatch: pulumi.Output<Record<string, string> | undefined>;
  declare readonly status: pulumi.Output<Outputs["status"]>;
  declare readonly total: pulumi.Output<number>;
  declare readonly synced: pulumi.Output<number>;
  declare readonly failed: pulumi.Output<number>;
  declare readonly seenSynced: pulumi.Output<Record<string, string> | undefined>;
  declare readonly failures: pulumi.Output<string[]>;
  declare readonly report: pulumi.Output<string | null>;

  constructor(name: string, args: MigrationBatchArgs, opts?: pulumi.CustomResourceOptions) {
    super("MigrationBatch", name, args, opts);
  }
}

/** The wave's batches as Exchange has them now, in the order of their names. */
function liveBatches(inputs: Inputs): Promise<(MigrationBatchInfo | undefined)[]> {
  return readBatches(sessionOf(inputs.tenant), batchNames(inputs.wave, inputs), performance.now());
}

const mailboxesOf = (inputs: Inputs) => mailboxesByBatch(inputs.wave, inputs);

function wantedBatches(inputs: Inputs): WaveBatches {
  return { ...inputs, byBatch: mailboxesOf(inputs) };
}

/** What the last update made, with the ids that Exchange gave. */
const batchesMade = (prior: { readonly inputs: Inputs; readonly outputs: Outputs }): WaveBatches => ({
  ...wantedBatches(prior.inputs),
  guids: prior.outputs.batchGuids,
});

/** Lets the wave's licences and conversion know who was seen Synced where a preview cannot tell them what this update will have seen. */
function noteSeen({ run }: Context, { domain, wave }: Inputs, seenSynced: Outputs["seenSynced"]): void {
  if (seenSynced !== undefined) run.of(domain).seenSynced.set(wave, seenSynced);
}

/** The same of stopped batches, which an update of a wave that is to run starts whatever it is for. */
function noteUpdate(cx: Context, inputs: Inputs): void {
  if (inputs.started && !inputs.retired) cx.run.of(inputs.domain).starting.add(inputs.wave);
}

/** Whether an update would get further than the last one. */
async function isDue(cx: Context, inputs: Inputs, state: Outputs): Promise<boolean> {
  if (inputs.retired) return false;
  // State of an earlier version does not say who was seen Synced.
  if (state.seenSynced === undefined) return true;
  const session = sessionOf(inputs.tenant);
  // One list for all waves of the run.
  const live = await readBatches(session, batchNames(inputs.wave, inputs));
  const standing = await standingIn(session, inputs, live, { inputs, outputs: state });
  if (standing.unlisted.length > 0) {
    await cx.info(describeProblem(notListedProblem(inputs.wave, standing.unlisted)));
    return false;
  }
  const never = neverCopiedOf(inputs, standing, state.seenSynced);
  if (never.size > 0) {
    await cx.error(describeProblem(vanishedProblem(inputs.wave, standing.gone, never)));
    return true;
  }
  if (toBeSynced(standing.batches, inputs.routing?.routedAt, state.syncAskedAt).length > 0) {
    const { adoptedAt } = state;
    if (adoptedAt === undefined) return true;
    if (!isFreshlyAdopted(adoptedAt, await session.now())) return true;
  }
  const settled = isWaveSettled(state.status);
  if (settled && state.status !== "Removed" && standing.gone.length === 0) return false;
  if (!settled && inputs.wait > 0) return true;
  const { status, synced, failed, total } = progressOf(inputs, standing.batches, state.seenSynced);
  return (
    status !== state.status || synced !== state.synced || failed !== state.failed || total !== state.total
  );
}

/** The list as it is stored, so that nothing differs where nobody came or went. */
const asStored = ({ mailboxes, mailboxesByBatch }: Inputs) => ({ mailboxes, mailboxesByBatch });

/** Makes and changes the batches by the wave's list, which holds passwords and is let go of then: what follows may wait for long. */
async function ensured(
  cx: Context,
  inputs: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: WaveBatches | undefined,
  copied: boolean,
): Promise<(MigrationBatchInfo | undefined)[]> {
  const session = sessionOf(inputs.tenant);
  const wave = readWave(cx.root, inputs);
  if (batches.some((batch) => batch === undefined))
    await freeFromLeaving(cx.run.of(inputs.domain), session, new Set(wave.addresses));
  return ensureBatches(wantedBatches(inputs), batches, before, copied, {
    session,
    upload: (mailboxes) => uploadCsv(wave.bytes, inputs.csv, new Set(mailboxes.addresses(inputs.domain))),
    progress: cx.progress,
    warn: cx.warn,
  });
}

export const migrationBatchProvider = /* @__PURE__ */ dynamicProvider(migrationBatchContract, {
  async check(cx, news, olds, whole) {
    const { mailboxes, wave } = news;
    if (mailboxes === undefined || wave === undefined) return {};
    if (olds?.wave === wave && olds.mailboxes === mailboxes) return asStored(olds);
    const change = await checkWaveList(cx, sessionOf, { ...news, wave, mailboxes }, olds);
    const { before, byBatch, added, removed } = change;
    // `adopt` tells these with everything else that differs.
    if (olds === undefined && whole !== undefined && cx.adopting === undefined)
      throwIfAny(await adoptionProblems(sessionOf(whole.tenant), { ...whole, byBatch }));
    return olds !== undefined && Object.keys(before).length > 0 && added.size + removed.size === 0
      ? asStored(olds)
      : batchMailboxes(wave, byBatch);
  },

  async changing(cx, inputs, { seenSynced }) {
    noteSeen(cx, inputs, seenSynced);
    noteUpdate(cx, inputs);
  },

  async pending(cx, inputs, state) {
    noteSeen(cx, inputs, state.seenSynced);
    const due = await isDue(cx, inputs, state);
    if (due) noteUpdate(cx, inputs);
    return due;
  },

  async adopt(cx, adopting, inputs) {
    const session = sessionOf(inputs.tenant);
    const batches = await liveBatches(inputs);
    const missing = Object.keys(mailboxesOf(inputs)).filter((_, index) => batches[index] === undefined);
    if (missing.length > 0) adopting.absent(`batch ${missing.join(", ")}`);
    adopting.differs(
      ...(await removingProblems(session, Object.keys(mailboxesOf(inputs)))),
      ...(await adoptionProblems(session, wantedBatches(inputs))),
      ...(await adoptedBatchProblems(session, wantedBatches(inputs), batches)),
    );
    const { id, outputs } = await reportWave(cx, session, inputs, batches, [], undefined);
    return { id, outputs: { ...outputs, adoptedAt: (await session.now()).toISOString() } };
  },

  async reconcile(cx, inputs, prior) {
    const session = sessionOf(inputs.tenant);
    const { unlisted, ...standing } = await standingIn(session, inputs, await liveBatches(inputs), prior);
    if (unlisted.length > 0) throwIfAny([notListedProblem(inputs.wave, unlisted)]);
    // In a retired wave, a batch that Exchange is still deleting counts as deleted.
    let batches = inputs.retired
      ? standing.batches.map((batch) => (isRemoving(batch?.status ?? "") ? undefined : batch))
      : standing.batches;
    // Batches expire by themselves. One that has copied is never created again: it would start copying anew.
    const copied = prior !== undefined && prior.outputs.status !== "Created";
    if (batches.every((batch) => batch === undefined) && (copied || inputs.retired)) {
      if (!inputs.retired) await cx.warn(goneMessage(inputs.wave));
      return reportWave(cx, session, inputs, batches, standing.gone, prior?.outputs);
    }
    batches = await ensured(cx, inputs, batches, prior && batchesMade(prior), copied);
    throwIfAny(await leftOutProblems(session, inputs.wave, wantedBatches(inputs), batches));
    batches = await watchBatches(session, batchNames(inputs.wave, inputs), batches, inputs.wait, cx.progress);
    const before = {
      ...prior?.outputs,
      ...(await syncAfterSwitch(cx, session, inputs, batches, prior?.outputs)),
    };
    return reportWave(cx, session, inputs, batches, standing.gone, before);
  },

  async read(cx, given, state) {
    const session = sessionOf(given.tenant);
    // Without the time of the switch where mail is seen to go elsewhere again: 72 hours are of unbroken time.
    const inputs = (await routingStands(session, given)) ? given : { ...given, routing: undefined };
    const { batches, gone, unlisted } = await standingIn(session, inputs, await liveBatches(inputs), {
      inputs,
      outputs: state,
    });
    if (unlisted.length > 0) return { inputs, outputs: state };
    const names = batchNames(inputs.wave, inputs);
    const isGone = batches.every((batch) => batch === undefined);
    if (isGone && !inputs.retired) await cx.warn(goneMessage(inputs.wave));
    const refreshed = isGone ? inputs : { ...inputs, ...(await liveInputs(session, inputs, batches)) };
    const { outputs } = await reportWave(cx, session, inputs, batches, gone, state);
    // A refresh takes no batch over that somebody made since: an update does, which compares it with the list.
    const own = batches.map((batch, index) =>
      isThatBatch({ guids: state.batchGuids }, names[index] ?? "", batch) ? batch : undefined,
    );
    return {
      inputs: refreshed,
      outputs: { ...outputs, batchGuids: batchGuids(names, own, state.batchGuids) },
    };
  },

  async delete(cx, inputs, outputs) {
    const session = sessionOf(inputs.tenant);
    const names = batchNames(inputs.wave, inputs);
    const listed = await liveBatches(inputs);
    const standing =
      outputs.status === "Removed"
        ? listed
        : await lookedForAgain(session, names, listed, new Set(names), performance.now());
    const { own, others } = ownBatches(names, standing, outputs.batchGuids);
    for (const name of others) await cx.warn(notThatBatchMessage(name));
    const batches = own.filter((batch) => !isRemoving(batch.status));
    throwIfAny(await batchDeletionProblems(cx.run.of(inputs.domain), session, inputs, batches));
    for (const batch of batches) {
      await removeMigrationBatch(session.exchange, batch.name);
      await cx.info(
        `batch ${batch.name} deleted: ${mailboxes(batch.syncedCount)}, last synced ${batch.lastSyncedAt === undefined ? "never" : utcMinute(batch.lastSyncedAt)}`,
      );
    }
  },
});
