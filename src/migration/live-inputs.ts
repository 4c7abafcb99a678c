import { isIdle, type MigrationBatchInfo } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { batchUsers } from "../microsoft365/shared-reads.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import { batchMailboxes, mailboxesByBatch } from "../state/batch-mailboxes.js";
import type { InputsOf } from "../state/index.js";
import { isCopying } from "./stop-batch.js";
import { sameMembers } from "./wave-batches.js";

type Inputs = InputsOf<"MigrationBatch">;

/**
 * What a refresh finds of a wave's inputs in its batches. A batch that is gone keeps its rows: the service forgets batches, and they
 * are not to be copied again.
 */
export async function liveInputs(
  session: CloudSession,
  inputs: Inputs,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<Partial<Inputs>> {
  const byBatch = mailboxesByBatch(inputs.wave, inputs);
  const rows = { ...byBatch };
  for (const [index, batchName] of Object.keys(rows).entries()) {
    if (batches[index] === undefined) continue;
    const users = await batchUsers(session, batchName, performance.now());
    rows[batchName] = MailboxSet.ofRows(inputs.domain, users);
  }
  const [first] = batches.filter((batch) => batch !== undefined);
  const { notificationEmails } = inputs;
  return {
    // As it was stored, where nobody came or went.
    ...(Object.entries(byBatch).every(([batchName, listed]) => rows[batchName]?.equals(listed))
      ? { mailboxes: inputs.mailboxes, mailboxesByBatch: inputs.mailboxesByBatch }
      : batchMailboxes(inputs.wave, rows)),
    endpoint: first?.sourceEndpoint ?? inputs.endpoint,
    // A batch that was stopped by hand, or by the service after 60 idle days, is drift of a started one.
    // A batch that is not to be started has nothing left to stop once all of it is copied.
    started: batches.some(
      (batch) => batch !== undefined && !isIdle(batch) && (inputs.started || isCopying(batch)),
    ),
    ...(notificationEmails === undefined || first === undefined
      ? {}
      : { notificationEmails: inOrder(first.notificationEmails, notificationEmails) }),
  };
}

/** The live list, in the order of the plan where they hold the same members, so that order is no drift. */
function inOrder(live: readonly string[], planned: readonly string[]): string[] {
  return sameMembers(live, planned) ? [...planned] : [...live];
}
