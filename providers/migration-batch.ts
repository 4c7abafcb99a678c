import type * as pulumi from "@pulumi/pulumi";
import type { CloudSession } from "../src/cloud/index.js";
import { pause } from "../src/cloud/retry.js";
import type { InputsOf, OutputsOf } from "../src/contracts/index.js";
import { migrationBatchContract } from "../src/contracts/migration-batch.js";
import { assignParts, uploadCsv } from "../src/csv/index.js";
import { type Problem, throwIfAny } from "../src/errors/index.js";
import {
  isNeverStarted,
  isRemoving,
  listMigrationUsers,
  type MigrationBatchInfo,
  removeMigrationBatch,
} from "../src/exchange/index.js";
import { judgeRouting, mailRoutedProblems } from "../src/gates/mail-routing.js";
import { synchronizationProblems } from "../src/gates/tenant.js";
import { waiverOf } from "../src/gates/waivers.js";
import { readMailRecords } from "../src/graph/index.js";
import { describeProgress, isWaveSettled, utcMinute, waveProgress } from "../src/migration/batch-progress.js";
import { deletionConditions } from "../src/migration/deletion.js";
import { describeFailure, namedFailures, writeFailureReport } from "../src/migration/failure-report.js";
import { usersByAddress } from "../src/migration/licensing.js";
import { unpackNames } from "../src/migration/packed-names.js";
import { packParts, partNames, unpackParts } from "../src/migration/packed-parts.js";
import { tenantMigrationUsers, tenantUsers } from "../src/migration/tenant-reads.js";
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
import { mailboxes } from "../src/report/words.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"MigrationBatch">;

type Outputs = OutputsOf<"MigrationBatch">;

/** What a wave's migration batch is made of. */
export interface MigrationBatchArgs
  extends ArgsOf<"MigrationBatch", "endpoint" | "digest" | "retired" | "routing"> {
  /** Local parts of the CSV's addresses, by `packNames`. */
  mailboxes: string;
}

/**
 * A wave of the staged migration: one migration batch in Exchange Online, or several where the CSV has over 2,000 rows
 * (`wave`, `wave-2`, …; a mailbox never moves from one to another). New-MigrationBatch with CSVData, always: without
 * it Exchange would migrate the whole organization. Created, adopted by name, watched, and deleted only when mail has
 * been routed to Microsoft 365 for 72 hours and was synchronized since (seed, "Delete the staged migration batch").
 */
export class MigrationBatch extends MailstageResource {
  /** The mailboxes, where the wave is one migration batch; packed. */
  declare readonly mailboxes: pulumi.Output<string | undefined>;
  /** Which mailboxes are in which migration batch, where the wave is several, or its one batch has not the wave's name; packed. */
  declare readonly parts: pulumi.Output<Record<string, string> | undefined>;
  /** Created, Syncing, Synced, SyncedWithErrors, Failed, Stopped, Removing, or Removed. */
  declare readonly status: pulumi.Output<Outputs["status"]>;
  /** Mailboxes in the batch. */
  declare readonly total: pulumi.Output<number>;
  /** Mailboxes whose first copy is done. */
  declare readonly synced: pulumi.Output<number>;
  /** Mailboxes the service gave up on. */
  declare readonly failed: pulumi.Output<number>;
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
function live(known: Inputs): Promise<(MigrationBatchInfo | undefined)[]> {
  return readBatches(sessionOf(known.tenant), partNames(known.wave, known), performance.now());
}

/** The same by a list that other waves of this run have asked for too. */
function lately(known: Inputs): Promise<(MigrationBatchInfo | undefined)[]> {
  return readBatches(sessionOf(known.tenant), partNames(known.wave, known));
}

const partsOf = (known: Inputs) => unpackParts(known.wave, known);

function wanted(known: Inputs): WaveBatches {
  return { ...known, parts: partsOf(known) };
}

/** As it was stored, where nobody came or went: another machine's deflate may give other octets. */
const unchanged = ({ mailboxes, parts }: Inputs) => ({ mailboxes, parts });

export const migrationBatchProvider = /* @__PURE__ */ dynamicProvider({
  ...migrationBatchContract,

  async check(cx, news, olds, whole) {
    const { mailboxes, wave } = news;
    if (mailboxes === undefined || wave === undefined) return {};
    if (olds?.wave === wave && olds.mailboxes === mailboxes) return unchanged(olds);
    const before = olds === undefined || olds.wave !== wave ? {} : partsOf(olds);
    const parts = assignParts(wave, unpackNames(mailboxes, `wave ${wave}`), before);
    const earlier = Object.values(before).flat();
    const now = Object.values(parts).flat();
    const added = new Set(now).difference(new Set(earlier));
    const removed = new Set(earlier).difference(new Set(now));
    if (earlier.length > 0) {
      throwIfAny(tooManyRemoved(wave, earlier.length, [...removed], olds?.started ?? false));
      if (added.size > 0) await cx.info(`${wave}: ${named("added", [...added])}`);
      if (removed.size > 0) await cx.info(`${wave}: ${named("removed", [...removed])}`);
    } else if (news.retired !== true) await cx.info(`${wave}: ${named("to migrate", now)}`);
    if (added.size > 0 && news.tenant !== undefined) {
      const session = sessionOf(news.tenant);
      const addresses = [...added].map((local) => `${local}@${news.domain}`);
      const [taken, users] = await Promise.all([
        tenantMigrationUsers(session),
        waiverOf("directory-synchronized") === undefined ? tenantUsers(session) : undefined,
      ]);
      throwIfAny([
        ...takenProblems(taken, { wave, addresses }),
        ...(users === undefined ? [] : synchronizationProblems(usersByAddress(users), { wave, addresses })),
      ]);
    }
    if (olds === undefined && whole !== undefined)
      throwIfAny(await adoptionProblems(sessionOf(whole.tenant), { ...whole, parts }));
    return olds !== undefined && earlier.length > 0 && added.size + removed.size === 0
      ? unchanged(olds)
      : packParts(wave, parts);
  },

  async pending(_cx, known, state) {
    // A read that lagged behind may have missed it.
    if (state.status === "Removed" && !known.retired)
      return (await lately(known)).some((batch) => batch !== undefined);
    if (isWaveSettled(state.status)) return false;
    if (known.wait > 0) return true;
    const { status, synced, failed, total } = waveProgress(await lately(known));
    return (
      status !== state.status || synced !== state.synced || failed !== state.failed || total !== state.total
    );
  },

  async reconcile(cx, known, prior) {
    const session = sessionOf(known.tenant);
    let batches = await live(known);
    // Batches expire by themselves. One that has copied is never created again: it would start copying anew.
    const copied = prior !== undefined && prior.outputs.status !== "Created";
    if (batches.every((batch) => batch === undefined) && (copied || known.retired)) {
      if (!known.retired) await cx.warn(goneMessage(known.wave));
      return settled(known, { status: "Removed", synced: 0, failed: 0, total: 0 }, [], {}, null);
    }
    const wave = readWave(cx.root, known);
    batches = await ensureBatches(wanted(known), batches, prior && wanted(prior.inputs), copied, {
      session,
      upload: (addresses) => uploadCsv(wave.bytes, known.csv, addresses),
      progress: cx.progress,
      warn: cx.warn,
    });
    await refuseLeftOut(session, known, batches);
    batches = await watch(cx, session, known, batches);
    return report(cx, session, known, batches);
  },

  async read(cx, given, state) {
    const known = await withLiveRouting(given);
    const session = sessionOf(known.tenant);
    const parts = partsOf(known);
    const rows: Record<string, readonly string[]> = { ...parts };
    const batches = await live(known);
    const gone: Outputs = { ...state, status: "Removed" };
    if (batches.every((batch) => batch === undefined)) {
      if (!known.retired) await cx.warn(goneMessage(known.wave));
      return { inputs: known, outputs: gone };
    }
    // A part that is gone keeps its rows: the service forgets batches, and they are not to be copied again.
    for (const [index, part] of Object.keys(rows).entries()) {
      if (batches[index] === undefined) continue;
      const users = await listMigrationUsers(session.exchange, { batch: part });
      rows[part] = users
        .map((user) => user.emailAddress.toLowerCase().replace(`@${known.domain}`, ""))
        .sort();
    }
    const [first] = batches.filter((batch) => batch !== undefined);
    const { outputs: seen } = await report(cx, session, known, batches);
    return {
      inputs: {
        ...known,
        ...(Object.entries(parts).every(([part, locals]) => sameMembers(rows[part] ?? [], locals))
          ? unchanged(known)
          : packParts(known.wave, rows)),
        endpoint: first?.sourceEndpoint ?? known.endpoint,
        // A batch that was stopped by hand, or by the service after 60 idle days, is drift of a started one.
        started: batches.some((batch) => batch !== undefined && !isNeverStarted(batch) && !isStopped(batch)),
        ...(known.notificationEmails === undefined || first === undefined
          ? {}
          : { notificationEmails: sameList(first.notificationEmails, known.notificationEmails) }),
      },
      outputs: seen,
    };
  },

  async delete(cx, known) {
    const session = sessionOf(known.tenant);
    const batches = (await live(known))
      .filter((batch) => batch !== undefined)
      .filter((batch) => !isRemoving(batch.status));
    if (batches.length === 0) return;
    const now = await session.now();
    const routing = known.routing && { routedAt: new Date(known.routing.routedAt) };
    const unmet = batches.flatMap((batch) => deletionConditions(batch, routing, now));
    const problems = unmet.filter(({ gate }) => waiverOf(gate) === undefined).map(({ problem }) => problem);
    if (known.routing !== undefined && waiverOf("mx-observed") === undefined)
      problems.push(...(await mailRoutedProblems(known.domain, await tenantMx(known), known.observed)));
    throwIfAny(problems);
    for (const batch of batches) {
      await removeMigrationBatch(session.exchange, batch.name);
      await cx.info(
        `batch ${batch.name} deleted: ${batch.syncedCount} mailboxes, last synced ${batch.lastSyncedAt === undefined ? "never" : utcMinute(batch.lastSyncedAt)}`,
      );
    }
  },
});

/** What the tenant names now, and has named. */
async function tenantMx({ tenant, domain, routing }: Inputs): Promise<string[]> {
  const { mx } = await readMailRecords(sessionOf(tenant).graph, domain);
  return [...mx, ...(routing?.values ?? [])];
}

/** Without the time of the switch where mail is seen to go elsewhere again: 72 hours are of unbroken time. */
async function withLiveRouting(known: Inputs): Promise<Inputs> {
  if (known.routing === undefined) return known;
  const { contradicted } = await judgeRouting(known.domain, await tenantMx(known), known.observed);
  return contradicted ? { ...known, routing: undefined } : known;
}

/**
 * Refuses a wave that lacks mailboxes because another stack was quicker: both have checked, and then both have written.
 * Exchange only warns, and an update that ended well would never look again.
 */
async function refuseLeftOut(
  session: CloudSession,
  known: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<void> {
  if (batches.every((batch) => batch === undefined || batch.validationWarnings.length === 0)) return;
  const addresses = Object.values(partsOf(known))
    .flat()
    .map((local) => `${local}@${known.domain}`);
  const users = await tenantMigrationUsers(session, performance.now());
  throwIfAny(takenProblems(users, { wave: known.wave, addresses }));
}

/** Waits as long as the plan allows, with a line of progress; not at all by default. */
async function watch(
  cx: Context,
  session: CloudSession,
  known: Inputs,
  batches: (MigrationBatchInfo | undefined)[],
): Promise<(MigrationBatchInfo | undefined)[]> {
  const deadline = performance.now() + known.wait * 1000;
  let current = batches;
  while (waveProgress(current).status === "Syncing" && performance.now() < deadline) {
    await cx.progress(describeProgress(current, await session.now()));
    const left = Math.max(0, deadline - performance.now());
    await pause(Math.min(pollSeconds * 1000, left));
    current = await live(known);
  }
  return current;
}

/** What is saved, and what the user is told to do next. */
async function report(
  cx: Context,
  session: CloudSession,
  known: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
) {
  const progress = waveProgress(batches);
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
    failures = failed.slice(0, namedFailures).map(describeFailure);
    path = writeFailureReport(cx, known.wave, failed);
    await cx.warn(
      `${known.wave}: ${mailboxes(progress.failed)} failed; all are listed in ${path}. Mend the cause, raise retryFailed of ${known.wave} in the plan and run pulumi up:\n${failures.map((line) => `  - ${line}`).join("\n")}`,
    );
  }
  if (progress.status === "Syncing")
    await cx.info(
      `${known.wave}: ${describeProgress(batches, await session.now())}. Nothing waits for it: run pulumi up again later to go on`,
    );
  const guids = Object.fromEntries(
    batches.flatMap((batch) => (batch?.guid ? [[batch.name, batch.guid]] : [])),
  );
  return settled(known, progress, failures, guids, path);
}

function settled(
  known: Inputs,
  progress: { status: Outputs["status"]; total: number; synced: number; failed: number },
  failures: string[],
  batchGuids: Record<string, string>,
  path: string | null,
) {
  const { status, total, synced, failed } = progress;
  return { id: known.wave, outputs: { status, total, synced, failed, batchGuids, failures, report: path } };
}

/** The safety valve: one update that takes away more than a fifth of a started wave is a mistake until waived. */
function tooManyRemoved(
  wave: string,
  before: number,
  removed: readonly string[],
  started: boolean,
): Problem[] {
  if (
    !started ||
    removed.length * 5 <= before ||
    removed.length < 2 ||
    waiverOf("mailboxes-removed") !== undefined
  )
    return [];
  return [
    {
      code: "batch-too-many-removed",
      subject: `batch ${wave}`,
      reason: `${removed.length} of ${before} mailboxes would be removed at once (${removed.slice(0, 5).join(", ")}${removed.length > 5 ? ", …" : ""}), more than a fifth`,
      hint: "Restore the rows, remove them in smaller steps, or waive mailboxes-removed in the plan with a reason",
    },
  ];
}

function named(verb: string, locals: readonly string[]): string {
  const shown = locals.slice(0, 50).join(", ");
  return `${mailboxes(locals.length)} ${verb}: ${shown}${locals.length > 50 ? ` and ${locals.length - 50} more` : ""}`;
}

/** The live list, in the order of the plan where they hold the same members, so that order is no drift. */
function sameList(live: readonly string[], known: readonly string[]): string[] {
  return sameMembers(live, known) ? [...known] : [...live];
}
