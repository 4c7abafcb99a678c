import { defined } from "../base/defined.js";
import { mapBounded } from "../base/map-bounded.js";
import { counted } from "../base/words.js";
import {
  createMigrationBatch,
  isIdle,
  isRemoving,
  listMigrationUsers,
  type MigrationBatchInfo,
  setMigrationBatch,
  startMigrationBatch,
  startMigrationUsers,
} from "../microsoft365/exchange/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import { isThatBatch } from "./batch-identity.js";
import { untilGone } from "./removal-under-way.js";
import { sendAddedAndRemovedRows } from "./send-added-and-removed-rows.js";
import { stopBatch } from "./stop-batch.js";
import { removeSurplusBatches } from "./surplus-batches.js";
import { type BatchTools, goneMessage, readBatches, sameMembers, type WaveBatches } from "./wave-batches.js";

/** Batches of one wave that are made or changed at once: five waves of four use up no tenant's limit of requests at once. */
const batchesAtOnce = 4;

/**
 * Creates what is missing, adopts what is there, brings rows and settings up to date. Every step reads first, so that a
 * run that was killed anywhere is finished by the next one.
 * @param batches what `readBatches` has just read of them
 * @param before what the last update that ended well wanted; undefined for none
 * @param copied whether the wave has copied already: then a batch that is gone is not created again
 * @throws MailstageError `batch-differs` for a batch of that name that is not this wave's: it is never touched
 */
export async function ensureBatches(
  wanted: WaveBatches,
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: WaveBatches | undefined,
  copied: boolean,
  tools: BatchTools,
): Promise<(MigrationBatchInfo | undefined)[]> {
  const { exchange: port } = tools.session;
  const names = Object.keys(wanted.byBatch);
  const seen = await mapBounded(names, batchesAtOnce, async (batchName, index) => {
    let batch = batches[index];
    const mailboxes = wanted.byBatch[batchName] ?? MailboxSet.none;
    const made = before?.byBatch[batchName];
    if (batch !== undefined && isRemoving(batch.status)) {
      // Nothing is to be changed in it any more, and where the wave has copied none is made in its place.
      if (made !== undefined && copied) return batch;
      await tools.progress(`waiting for Exchange to delete the batch that has the name ${batchName}`);
      await untilGone(async () => {
        const [left] = await readBatches(tools.session, [batchName], performance.now());
        return left !== undefined && isRemoving(left.status) ? [left] : [];
      });
      batch = undefined;
    }
    const own = before !== undefined && made !== undefined && isThatBatch(before, batchName, batch);
    if (batch === undefined && own && copied) await tools.warn(goneMessage(batchName));
    else if (batch === undefined) {
      await tools.progress(`creating ${batchName} with ${counted(mailboxes.size, "mailbox", "mailboxes")}`);
      return createMigrationBatch(port, {
        name: batchName,
        csvData: tools.upload(mailboxes),
        sourceEndpoint: wanted.endpoint,
        autoStart: wanted.started,
        ...defined({ notificationEmails: wanted.notificationEmails }),
      });
    } else {
      const sameRows = own && made.equals(mailboxes);
      const more =
        !sameRows && (await sendAddedAndRemovedRows(wanted, batchName, batch, own ? made : undefined, tools));
      await syncSettings(wanted, before, batch, mailboxes, more, tools);
    }
    return batch;
  });
  if (before !== undefined) await removeSurplusBatches(wanted, before, tools);
  // A read that lags behind may lack what was just made: it is there all the same.
  const made = await readBatches(tools.session, names, performance.now());
  const stand = made.map((batch, index) => batch ?? seen[index]);
  // An empty list is reported not to clear what is there (ExchangeOnlineManagement module, 2026-11).
  if (mailedBy(wanted, before)?.length === 0)
    for (const batch of stand)
      if (batch !== undefined && batch.notificationEmails.length > 0)
        await tools.warn(stillMailsMessage(batch));
  return stand;
}

/** The addresses that the batches are to mail: none where the plan names nobody any more; undefined where it never did. */
const mailedBy = (wanted: WaveBatches, before: WaveBatches | undefined): readonly string[] | undefined =>
  wanted.notificationEmails ?? (before?.notificationEmails === undefined ? undefined : []);

/** What is said of a batch that goes on mailing whom the plan names no more. */
function stillMailsMessage({ name, notificationEmails }: MigrationBatchInfo): string {
  return `batch ${name} still mails ${notificationEmails.join(", ")} about its progress: Exchange keeps the last addresses where it is given none. Name in notificationEmails whom it is to mail instead`;
}

/**
 * @param listed whom the batch is for
 * @param more whether mailboxes were added just now, which a batch that was ever started begins to copy
 */
async function syncSettings(
  wanted: WaveBatches,
  before: WaveBatches | undefined,
  batch: MigrationBatchInfo,
  listed: MailboxSet,
  more: boolean,
  { session: { exchange: port }, warn }: BatchTools,
): Promise<void> {
  const { started } = wanted;
  const notificationEmails = mailedBy(wanted, before);
  if (notificationEmails !== undefined && !sameMembers(batch.notificationEmails, notificationEmails))
    await setMigrationBatch(port, batch.name, { notificationEmails });
  // One that is still stopping would stay stopped: nothing asks for its start again.
  const idle = isIdle(batch);
  // Start-MigrationBatch also retries the mailboxes that failed.
  const retry = started && before !== undefined && wanted.retryFailed > before.retryFailed;
  if (started && (idle || (retry && batch.failedCount > 0))) await startMigrationBatch(port, batch);
  // Microsoft does not say that it starts a stopped mailbox of a batch that runs (cmdlet reference, checked 2026-11).
  if (retry && !idle && batch.stoppedCount > 0) {
    const users = await listMigrationUsers(port, { batch: batch.name, statusSummary: "Stopped" });
    const stopped = MailboxSet.ofRows(wanted.domain, users).and(listed);
    await startMigrationUsers(port, stopped.addresses(wanted.domain));
  }
  if (started || before === undefined || idle || !(before.started || more)) return;
  const left = await stopBatch(port, batch, more);
  if (left !== undefined) await warn(left);
}
