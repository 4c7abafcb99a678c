import type { Problem } from "../base/problem.js";
import { mailboxes, someOf } from "../base/words.js";
import { isSynced, type MigrationUserInfo, wasCopied } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import type { DomainRun } from "../plan/run.js";
import { type DeletionFacts, lateMailProblems } from "./guard-of-batch-deletion.js";
import { before72Hours } from "./wait-72-hours.js";
import type { ListChange } from "./wave-list.js";

/**
 * Why rows must not be taken out of a wave's list yet once the MX is switched: whoever leaves a batch is copied no more, so that the
 * same is asked of their rows as of the deletion of the batch. Of whom nothing was copied nothing is missed, and before the switch
 * mail is read on premises. A waiver of this run is no problem.
 * @param facts as they were last applied
 */
export async function leavingRowsProblems(
  run: DomainRun,
  session: CloudSession,
  { wave, domain, routing, observed }: DeletionFacts & { readonly wave: string },
  { before, removed }: Pick<ListChange, "before" | "removed">,
): Promise<Problem[]> {
  if (routing === undefined || removed.size === 0) return [];
  const leaving = copiedOf(
    await tenantMigrationUsers(session),
    Object.keys(before),
    removed.addresses(domain),
  );
  if (leaving.length === 0) return [];
  const subject = `wave ${wave}`;
  const wait = before72Hours(subject, new Date(routing.routedAt), await session.now());
  const unmet = [
    ...(wait === undefined || run.waiverOf("mx-switch-72h") !== undefined ? [] : [wait]),
    ...(await lateMailProblems(run, session, { domain, routing, observed }, async () => leaving)),
  ];
  const who = someOf(leaving.map(({ emailAddress }) => emailAddress));
  return unmet.map(({ reason, hint }) => ({
    code: "batch-row-removed-early",
    subject,
    reason: `${mailboxes(leaving.length)} would leave it (${who}), and late mail is copied only for those in it: ${reason}`,
    hint: `Put the rows back until then, also those that another wave is to have: a mailbox leaves one batch before it comes into another. ${hint}`,
  }));
}

/** Those of the addresses that are in one of the batches and have been copied, as far as Exchange tells. */
function copiedOf(
  users: readonly MigrationUserInfo[],
  batches: readonly string[],
  addresses: readonly string[],
): MigrationUserInfo[] {
  const names = new Set(batches.map((name) => name.toLowerCase()));
  const wanted = new Set(addresses);
  return users.filter(
    ({ emailAddress, batch, status, lastSyncTime }) =>
      wanted.has(emailAddress.toLowerCase()) &&
      names.has(batch?.toLowerCase() ?? "") &&
      (isSynced(status) || (lastSyncTime !== undefined && wasCopied(status))),
  );
}
