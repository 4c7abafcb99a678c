import type { Problem } from "../base/problem.js";
import { are, firstOf, mailboxes } from "../base/words.js";
import {
  isRemoving,
  type MigrationBatchInfo,
  type MigrationUserInfo,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import { everyMailbox, MailboxSet } from "../plan/mailbox-set.js";
import { removingProblem } from "./removal-under-way.js";
import { presentMailboxes, readBatches, type WaveBatches } from "./wave-batches.js";

/** Why the batches of these names in Exchange cannot be adopted; none where they match or do not exist. */
export async function adoptionProblems(session: CloudSession, wanted: WaveBatches): Promise<Problem[]> {
  const names = Object.keys(wanted.byBatch);
  const problems: Problem[] = [];
  for (const [index, batch] of (await readBatches(session, names)).entries()) {
    const batchName = names[index];
    if (batch === undefined || batchName === undefined || isRemoving(batch.status)) continue;
    problems.push(...foreignProblems(wanted, batchName, batch));
    problems.push(
      ...extraRows(wanted, batchName, await presentMailboxes(session.exchange, wanted, batchName)),
    );
  }
  return problems;
}

/** Why batches of these names can neither be made nor adopted yet: Exchange is still deleting ones that had them. */
export async function removingProblems(session: CloudSession, names: readonly string[]): Promise<Problem[]> {
  const batches = await readBatches(session, names);
  return names.filter((_, index) => isRemoving(batches[index]?.status ?? "")).map(removingProblem);
}

/** Mailboxes of a wave, and in which batches they may be: the names state has, not whatever begins like the wave's. */
export interface WaveMailboxes {
  readonly wave: string;
  readonly batches: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * Why mailboxes cannot be added to a wave: they are in a batch of somebody else, made by hand or by another plan, or Exchange is still
 * taking them out of another. It would make the batch without them, and only warn. Pure.
 */
export function takenProblems(
  users: readonly MigrationUserInfo[],
  { wave, batches, addresses }: WaveMailboxes,
): Problem[] {
  const own = new Set(batches.map((name) => name.toLowerCase()));
  const owners = new Map(users.map((user) => [user.emailAddress.toLowerCase(), user]));
  const elsewhere = addresses.flatMap((address) => {
    const { batch, status } = owners.get(address.toLowerCase()) ?? {};
    return batch === undefined || status === undefined || own.has(batch.toLowerCase())
      ? []
      : [{ named: `${address} (${batch})`, leaves: isRemoving(status) }];
  });
  const named = (leaves: boolean) => elsewhere.filter((one) => one.leaves === leaves).map((one) => one.named);
  const [taken, leaving] = [named(false), named(true)];
  const problems: Problem[] = [];
  if (taken.length > 0)
    problems.push({
      code: "mailbox-in-other-batch",
      subject: `wave ${wave}`,
      reason: `${mailboxes(taken.length)} ${are(taken.length)} in another migration batch already: ${firstOf(taken)}`,
      hint: "A mailbox belongs to one batch: take it out of this list, or out of that batch first. To move it from another wave, take its row out of that wave's list alone, run pulumi up, and add it to this list after that",
    });
  if (leaving.length > 0)
    problems.push({
      code: "mailbox-leaves-other-batch",
      subject: `wave ${wave}`,
      reason: `Exchange is still taking ${mailboxes(leaving.length)} out of another migration batch: ${firstOf(leaving)}`,
      hint: "Run pulumi up again in a minute",
    });
  return problems;
}

export function foreignProblems(
  wanted: WaveBatches,
  batchName: string,
  batch: MigrationBatchInfo,
): Problem[] {
  const differs = (reason: string): Problem => ({
    code: "batch-differs",
    subject: `batch ${batchName}`,
    reason,
    hint: "Choose another name in the plan, or make the two match; the batch was not changed",
  });
  const { sourceEndpoint, migrationType } = batch;
  return [
    ...(sourceEndpoint !== undefined && sourceEndpoint.toLowerCase() !== wanted.endpoint.toLowerCase()
      ? [differs(`exists already with endpoint ${sourceEndpoint}, and the plan says ${wanted.endpoint}`)]
      : []),
    ...(/cutover/i.test(migrationType ?? "")
      ? [differs("exists already as a cutover migration of the whole organization")]
      : []),
  ];
}

export function extraRows(wanted: WaveBatches, batchName: string, present: MailboxSet): Problem[] {
  const extra = present.minus(wanted.byBatch[batchName] ?? MailboxSet.none).addresses(wanted.domain);
  if (extra.length === 0) return [];
  return [
    {
      code: "batch-differs",
      subject: `batch ${batchName}`,
      reason: `exists already with ${mailboxes(extra.length)} that ${wanted.csv} does not list for it: ${firstOf(extra)}`,
      hint: `Add them to ${wanted.csv}, or choose another name in the plan`,
    },
  ];
}

/**
 * Why a wave lacks mailboxes although its batches were made: another stack was quicker, when both had checked before either wrote.
 * Exchange only warns, and an update that ended well would never look again.
 */
export async function leftOutProblems(
  session: CloudSession,
  wave: string,
  wanted: WaveBatches,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<Problem[]> {
  if (batches.every((batch) => batch === undefined || batch.validationWarnings.length === 0)) return [];
  return takenProblems(await tenantMigrationUsers(session, performance.now()), {
    wave,
    batches: Object.keys(wanted.byBatch),
    addresses: everyMailbox(wanted.byBatch).addresses(wanted.domain),
  });
}
