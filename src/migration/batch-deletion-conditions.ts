import { utcMinute } from "../base/dates.js";
import type { Problem } from "../base/problem.js";
import {
  isNeverStarted,
  type MigrationBatchInfo,
  type MigrationUserInfo,
  wasCopied,
} from "../microsoft365/exchange/index.js";
import type { GateName } from "../plan/index.js";
import type { MxSwitch } from "../plan/mx-switch.js";
import { before72Hours } from "./wait-72-hours.js";

/** One unmet condition of a deletion. */
export interface UnmetCondition {
  /** The gates that stand for it: it is waived where each of them is. */
  readonly gates: readonly GateName[];
  readonly problem: Problem;
}

/**
 * Why a migration batch must not be deleted yet (Microsoft's procedure, "Delete the staged migration batch"): mail sent to the
 * on-premises mailbox afterwards is copied no more. A batch that was never started may always go. Pure; asked live, in `pulumi destroy`
 * too, by guard-of-batch-deletion.ts.
 * @param routing absent while mail is not routed to Microsoft 365
 */
export function deletionConditions(
  batch: MigrationBatchInfo,
  routing: Pick<MxSwitch, "routedAt"> | undefined,
  now: Date,
): UnmetCondition[] {
  if (isNeverStarted(batch)) return [];
  const subject = `batch ${batch.name}`;
  if (routing === undefined)
    return [
      {
        // How long ago the MX was switched and what was synchronized since cannot be told then: one waiver does not answer for the rest.
        gates: ["mx-observed", "mx-switch-72h", "synced-after-switch"],
        problem: {
          code: "batch-mail-not-routed",
          subject,
          reason: "mail still arrives on premises, and is copied only as long as the batch exists",
          hint: "Go to stage route first; batches are deleted at stage retire",
        },
      },
    ];
  const unmet: UnmetCondition[] = [];
  const routedAt = new Date(routing.routedAt);
  const wait = before72Hours(subject, routedAt, now);
  if (wait !== undefined) unmet.push({ gates: ["mx-switch-72h"], problem: wait });
  if (batch.lastSyncedAt === undefined || batch.lastSyncedAt <= routedAt)
    unmet.push({
      gates: ["synced-after-switch"],
      problem: {
        code: "batch-not-synced-after-switch",
        subject,
        reason: `its Last Synced Time is ${batch.lastSyncedAt === undefined ? "empty" : utcMinute(batch.lastSyncedAt)}, not later than the MX switch at ${utcMinute(routedAt)}`,
        hint: `A staged batch may never synchronize again by itself: pulumi up at stage route asks Exchange for it once. Run pulumi up again in half an hour; if it has not come by then, run Set-MigrationBatch -Identity ${batch.name} -SyncNow in Exchange Online PowerShell`,
      },
    });
  return unmet;
}

/**
 * By batch, the mailboxes that were copied and not synchronized since mail is routed to the tenant, whether they are Synced or have
 * stopped or failed since. A batch's Last Synced Time does not tell: it is also the end of the first copy of whoever was added since.
 * Those of which Exchange tells no time are left out. Pure.
 */
export function notSyncedSince(
  routedAt: Date,
  users: readonly MigrationUserInfo[],
): ReadonlyMap<string, readonly string[]> {
  const behind = new Map<string, string[]>();
  for (const { emailAddress, batch, status, lastSyncTime } of users)
    if (batch !== undefined && wasCopied(status) && lastSyncTime !== undefined && lastSyncTime <= routedAt)
      behind.set(batch, [...(behind.get(batch) ?? []), emailAddress]);
  return behind;
}
