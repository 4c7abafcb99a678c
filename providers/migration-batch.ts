import type * as pulumi from "@pulumi/pulumi";
import { utcMinute } from "../src/base/dates.js";
import { describeProblem, throwIfAny } from "../src/base/problem.js";
import { pause } from "../src/base/retry.js";
import { mailboxes, someOf } from "../src/base/words.js";
import { batchMailboxes, batchNames, mailboxesByBatch } from "../src/contracts/batch-mailboxes.js";
import type { InputsOf, OutputsOf } from "../src/contracts/index.js";
import { migrationBatchContract } from "../src/contracts/migration-batch.js";
import { splitNames } from "../src/contracts/name-list.js";
import {
  describeProgress,
  isWaveSettled,
  waveProgress,
} from "../src/microsoft365/exchange/batch-progress.js";
import {
  isNeverStarted,
  isRemoving,
  type MigrationBatchInfo,
  removeMigrationBatch,
} from "../src/microsoft365/exchange/index.js";
import type { CloudSession } from "../src/microsoft365/index.js";
import { batchUsers, tenantMigrationUsers, tenantUsers } from "../src/microsoft365/shared-reads.js";
import { addedAgain, addedAgainMessage } from "../src/migration/added-again.js";
import { adoptedBatchProblems } from "../src/migration/adopt/batches.js";
import { isCopying } from "../src/migration/batch-stop.js";
import { batchDeletionProblems } from "../src/migration/gates/batch-deletion.js";
import { judgeRouting, tenantMxOf } from "../src/migration/gates/mail-routing.js";
import { sameUserProblems, synchronizationProblems } from "../src/migration/gates/tenant.js";
import { freeFromLeaving, isLeaving } from "../src/migration/leaving.js";
import { usersByAddress } from "../src/migration/license-plan.js";
import { tooManyRemoved } from "../src/migration/safety-valve.js";
import { isFreshlyAdopted, toBeSynced } from "../src/migration/switch-sync.js";
import { notListedProblem, vanishedProblem } from "../src/migration/vanished.js";
import {
  adoptionProblems,
  ensureBatches,
  goneMessage,
  readBatches,
  sameMembers,
  takenProblems,
  type WaveBatches,
} from "../src/migration/wave-batches.js";
import { readWave } from "../src/migration/wave-file.js";
import {
  neverCopiedOf,
  progressOf,
  reportWave,
  standingIn,
  syncAfterSwitch,
} from "../src/migration/wave-state.js";
import { assignParts, uploadCsv } from "../src/plan/csv/index.js";
import { waiverOf } from "../src/plan/waivers.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
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
export class MigrationBatch extends MailstageResource {
  /** The mailboxes, where the wave is one migration batch; by `joinNames`. */
  declare readonly mailboxes: pulumi.Output<string | undefined>;
  /** Which mailboxes are in which migration batch, where the wave is several, or its one batch has not the wave's name; by `joinNames`. */
  declare readonly parts: pulumi.Output<Record<string, string> | undefined>;
  /** Created, Syncing, Synced, SyncedWithErrors, Failed, Stopped, Removing, or Removed. */
  declare readonly status: pulumi.Output<Outputs["status"]>;
  /** Mailboxes in the batch. */
  declare readonly total: pulumi.Output<number>;
  /** Mailboxes whose first copy is done. */
  declare readonly synced: pulumi.Output<number>;
  /** Mailboxes the service gave up on. */
  declare readonly failed: pulumi.Output<number>;
  /** By batch, whose mailbox was seen Synced, by `joinNames`; the wave's licences and its conversion go by it. */
  declare readonly seenSynced: pulumi.Output<Record<string, string> | undefined>;
  /** The first failed mailboxes with their errors. */
  declare readonly failures: pulumi.Output<string[]>;
  /** Path of the full error report, relative to the folder of Pulumi.yaml. */
  declare readonly report: pulumi.Output<string | null>;

  constructor(name: string, args: MigrationBatchArgs, opts?: pulumi.CustomResourceOptions) {
    super("MigrationBatch", name, args, opts);
  }
}

const pollSeconds = 15;
const isStopped = (batch: MigrationBatchInfo) => batch.status.toLowerCase() === "stopped";

/** The wave's batches as Exchange has them now, in the order of its parts. */
function live(inputs: Inputs): Promise<(MigrationBatchInfo | undefined)[]> {
  return readBatches(sessionOf(inputs.tenant), batchNames(inputs.wave, inputs), performance.now());
}

/** The same by a list that other waves of this run have asked for too. */
function liveShared(inputs: Inputs): Promise<(MigrationBatchInfo | undefined)[]> {
  return readBatches(sessionOf(inputs.tenant), batchNames(inputs.wave, inputs));
}

const partsOf = (inputs: Inputs) => mailboxesByBatch(inputs.wave, inputs);

function wanted(inputs: Inputs): WaveBatches {
  return { ...inputs, parts: partsOf(inputs) };
}

/** What the last update made, with the ids that Exchange gave. */
const made = (prior: { readonly inputs: Inputs; readonly outputs: Outputs }): WaveBatches => ({
  ...wanted(prior.inputs),
  guids: prior.outputs.batchGuids,
});

/** As it was stored, where nobody came or went. */
const unchanged = ({ mailboxes, parts }: Inputs) => ({ mailboxes, parts });

export const migrationBatchProvider = /* @__PURE__ */ dynamicProvider(migrationBatchContract, {
  async check(cx, news, olds, whole) {
    const { mailboxes, wave } = news;
    if (mailboxes === undefined || wave === undefined) return {};
    if (olds?.wave === wave && olds.mailboxes === mailboxes) return unchanged(olds);
    const before = olds === undefined || olds.wave !== wave ? {} : partsOf(olds);
    const parts = assignParts(wave, splitNames(mailboxes, `wave ${wave}`), before);
    const earlier = Object.values(before).flat();
    const now = Object.values(parts).flat();
    const added = new Set(now).difference(new Set(earlier));
    const removed = new Set(earlier).difference(new Set(now));
    if (earlier.length > 0) {
      throwIfAny(tooManyRemoved(wave, earlier.length, [...removed], olds?.started ?? false));
      if (added.size > 0) await cx.info(`${wave}: ${named("added", [...added])}`);
      if (removed.size > 0) await cx.info(`${wave}: ${named("removed", [...removed])}`);
      if (added.size + removed.size > 0 && news.tenant !== undefined) {
        const back = await addedAgain(sessionOf(news.tenant), `${news.domain}`, before, parts);
        if (back.length > 0) await cx.warn(`${wave}: ${addedAgainMessage(back)}`);
      }
    } else if (news.retired !== true) await cx.info(`${wave}: ${named("to migrate", now)}`);
    if (added.size > 0 && news.tenant !== undefined) {
      const session = sessionOf(news.tenant);
      const addresses = [...added].map((local) => `${local}@${news.domain}`);
      const [taken, users] = await Promise.all([
        tenantMigrationUsers(session),
        waiverOf("directory-synchronized") === undefined ? tenantUsers(session) : undefined,
      ]);
      throwIfAny([
        // A wave that was never started may be renamed: its batch leaves in this run, and is deleted before this one is made.
        ...takenProblems(
          taken.filter(({ batch }) => !isLeaving(batch)),
          { wave, batches: Object.keys(parts), addresses },
        ),
        ...(users === undefined
          ? []
          : [
              ...synchronizationProblems(usersByAddress(users), { wave, addresses }),
              ...sameUserProblems(usersByAddress(users), [
                { wave, addresses: now.map((local) => `${local}@${news.domain}`) },
              ]),
            ]),
      ]);
    }
    // Whoever only looks tells them with everything else that differs.
    if (olds === undefined && whole !== undefined && cx.adopting === undefined)
      throwIfAny(await adoptionProblems(sessionOf(whole.tenant), { ...whole, parts }));
    return olds !== undefined && earlier.length > 0 && added.size + removed.size === 0
      ? unchanged(olds)
      : batchMailboxes(wave, parts);
  },

  async pending(cx, inputs, state) {
    if (inputs.retired) return false;
    // State of an earlier version does not say who was seen Synced.
    if (state.seenSynced === undefined) return true;
    const standing = await standingIn(sessionOf(inputs.tenant), inputs, await liveShared(inputs), {
      inputs,
      outputs: state,
    });
    if (standing.unlisted.length > 0) {
      await cx.info(describeProblem(notListedProblem(inputs.wave, standing.unlisted)));
      return false;
    }
    const never = neverCopiedOf(inputs, standing, state.seenSynced);
    if (never.length > 0) {
      await cx.error(describeProblem(vanishedProblem(inputs.wave, standing.gone, never)));
      return true;
    }
    if (toBeSynced(standing.batches, inputs.routing?.routedAt, state.syncAskedAt).length > 0) {
      const { adoptedAt } = state;
      if (adoptedAt === undefined) return true;
      if (!isFreshlyAdopted(adoptedAt, await sessionOf(inputs.tenant).now())) return true;
    }
    const settled = isWaveSettled(state.status);
    if (settled && state.status !== "Removed" && standing.gone.length === 0) return false;
    if (!settled && inputs.wait > 0) return true;
    const { status, synced, failed, total } = progressOf(inputs, standing.batches, state.seenSynced);
    return (
      status !== state.status || synced !== state.synced || failed !== state.failed || total !== state.total
    );
  },

  async adopt(cx, adopting, inputs) {
    const session = sessionOf(inputs.tenant);
    const batches = await live(inputs);
    const missing = Object.keys(partsOf(inputs)).filter((_, index) => batches[index] === undefined);
    if (missing.length > 0) adopting.absent(`batch ${missing.join(", ")}`);
    adopting.differs(
      ...(await adoptionProblems(session, wanted(inputs))),
      ...(await adoptedBatchProblems(session, wanted(inputs), batches)),
    );
    const { id, outputs } = await reportWave(cx, session, inputs, batches, [], undefined);
    return { id, outputs: { ...outputs, adoptedAt: (await session.now()).toISOString() } };
  },

  async reconcile(cx, inputs, prior) {
    const session = sessionOf(inputs.tenant);
    const { unlisted, ...standing } = await standingIn(
      sessionOf(inputs.tenant),
      inputs,
      await live(inputs),
      prior,
    );
    if (unlisted.length > 0) throwIfAny([notListedProblem(inputs.wave, unlisted)]);
    let { batches } = standing;
    // Batches expire by themselves. One that has copied is never created again: it would start copying anew.
    const copied = prior !== undefined && prior.outputs.status !== "Created";
    if (batches.every((batch) => batch === undefined) && (copied || inputs.retired)) {
      if (!inputs.retired) await cx.warn(goneMessage(inputs.wave));
      return reportWave(cx, session, inputs, batches, standing.gone, prior?.outputs);
    }
    const wave = readWave(cx.root, inputs);
    if (batches.some((batch) => batch === undefined)) await freeFromLeaving(session, new Set(wave.addresses));
    batches = await ensureBatches(wanted(inputs), batches, prior && made(prior), copied, {
      session,
      upload: (addresses) => uploadCsv(wave.bytes, inputs.csv, addresses),
      progress: cx.progress,
      warn: cx.warn,
    });
    await refuseLeftOut(session, inputs, batches);
    batches = await watch(cx, session, inputs, batches);
    const before = {
      ...prior?.outputs,
      ...(await syncAfterSwitch(cx, session, inputs, batches, prior?.outputs)),
    };
    return reportWave(cx, session, inputs, batches, standing.gone, before);
  },

  async read(cx, given, state) {
    const inputs = await withLiveRouting(given);
    const session = sessionOf(inputs.tenant);
    const parts = partsOf(inputs);
    const rows: Record<string, readonly string[]> = { ...parts };
    const { batches, gone, unlisted } = await standingIn(
      sessionOf(inputs.tenant),
      inputs,
      await live(inputs),
      {
        inputs,
        outputs: state,
      },
    );
    if (unlisted.length > 0) return { inputs, outputs: state };
    if (batches.every((batch) => batch === undefined)) {
      if (!inputs.retired) await cx.warn(goneMessage(inputs.wave));
      return { inputs, outputs: (await reportWave(cx, session, inputs, batches, gone, state)).outputs };
    }
    // A part that is gone keeps its rows: the service forgets batches, and they are not to be copied again.
    for (const [index, part] of Object.keys(rows).entries()) {
      if (batches[index] === undefined) continue;
      const users = await batchUsers(session, part, performance.now());
      rows[part] = users
        .map((user) => user.emailAddress.toLowerCase().replace(`@${inputs.domain}`, ""))
        .sort();
    }
    const [first] = batches.filter((batch) => batch !== undefined);
    const { outputs: seen } = await reportWave(cx, session, inputs, batches, gone, state);
    return {
      inputs: {
        ...inputs,
        ...(Object.entries(parts).every(([part, locals]) => sameMembers(rows[part] ?? [], locals))
          ? unchanged(inputs)
          : batchMailboxes(inputs.wave, rows)),
        endpoint: first?.sourceEndpoint ?? inputs.endpoint,
        // A batch that was stopped by hand, or by the service after 60 idle days, is drift of a started one.
        // Of one that is not to be started nothing is left to stop once all of it is copied.
        started: batches.some(
          (batch) =>
            batch !== undefined &&
            !isNeverStarted(batch) &&
            !isStopped(batch) &&
            (inputs.started || isCopying(batch)),
        ),
        ...(inputs.notificationEmails === undefined || first === undefined
          ? {}
          : { notificationEmails: sameList(first.notificationEmails, inputs.notificationEmails) }),
      },
      outputs: seen,
    };
  },

  async delete(cx, inputs) {
    const session = sessionOf(inputs.tenant);
    const batches = (await live(inputs))
      .filter((batch) => batch !== undefined)
      .filter((batch) => !isRemoving(batch.status));
    throwIfAny(await batchDeletionProblems(session, inputs, batches));
    for (const batch of batches) {
      await removeMigrationBatch(session.exchange, batch.name);
      await cx.info(
        `batch ${batch.name} deleted: ${batch.syncedCount} mailboxes, last synced ${batch.lastSyncedAt === undefined ? "never" : utcMinute(batch.lastSyncedAt)}`,
      );
    }
  },
});

/** Without the time of the switch where mail is seen to go elsewhere again: 72 hours are of unbroken time. */
async function withLiveRouting(inputs: Inputs): Promise<Inputs> {
  if (inputs.routing === undefined) return inputs;
  const mx = await tenantMxOf(sessionOf(inputs.tenant), inputs.domain, inputs.routing.values);
  const { contradicted } = await judgeRouting(inputs.domain, mx, inputs.observed);
  return contradicted ? { ...inputs, routing: undefined } : inputs;
}

/**
 * Refuses a wave that lacks mailboxes because another stack was quicker: both have checked, and then both have written.
 * Exchange only warns, and an update that ended well would never look again.
 */
async function refuseLeftOut(
  session: CloudSession,
  inputs: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<void> {
  if (batches.every((batch) => batch === undefined || batch.validationWarnings.length === 0)) return;
  const addresses = Object.values(partsOf(inputs))
    .flat()
    .map((local) => `${local}@${inputs.domain}`);
  const users = await tenantMigrationUsers(session, performance.now());
  throwIfAny(
    takenProblems(users, { wave: inputs.wave, batches: batchNames(inputs.wave, inputs), addresses }),
  );
}

/** Waits as long as the plan allows, with a line of progress; not at all by default. */
async function watch(
  cx: Context,
  session: CloudSession,
  inputs: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<readonly (MigrationBatchInfo | undefined)[]> {
  const deadline = performance.now() + inputs.wait * 1000;
  let current = batches;
  while (waveProgress(current).status === "Syncing" && performance.now() < deadline) {
    await cx.progress(describeProgress(current, await session.now()));
    const left = Math.max(0, deadline - performance.now());
    await pause(Math.min(pollSeconds * 1000, left));
    current = await live(inputs);
  }
  return current;
}

function named(verb: string, locals: readonly string[]): string {
  return `${mailboxes(locals.length)} ${verb}: ${someOf(locals, 50)}`;
}

/** The live list, in the order of the plan where they hold the same members, so that order is no drift. */
function sameList(live: readonly string[], inputs: readonly string[]): string[] {
  return sameMembers(live, inputs) ? [...inputs] : [...live];
}
