import { utcMinute } from "../base/dates.js";
import type { Problem } from "../base/problem.js";
import { counted, mailboxes, someOf, were } from "../base/words.js";
import {
  isNeverStarted,
  isRemoving,
  type MigrationBatchInfo,
  type MigrationUserInfo,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches, tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import type { StageName } from "../plan/index.js";
import type { MxSwitch } from "../plan/mx-switch.js";
import type { DomainRun } from "../plan/run.js";
import type { InputsOf } from "../state/index.js";
import { deletionConditions, notSyncedSince } from "./batch-deletion-conditions.js";
import { isIn } from "./batch-identity.js";
import { mailRoutedProblems, tenantMxOf } from "./gates/mail-routing.js";

/** What a deletion of a wave's batches is judged by, as it was last applied. */
export type DeletionFacts = Pick<InputsOf<"MigrationBatch">, "domain" | "routing" | "observed">;

/**
 * Why migration batches must not be deleted yet, asked live: whoever deletes them asks, and whoever takes away what is needed as
 * long as they are. A waiver of this run is no problem.
 */
export async function batchDeletionProblems(
  run: DomainRun,
  session: CloudSession,
  facts: DeletionFacts,
  batches: readonly MigrationBatchInfo[],
): Promise<Problem[]> {
  if (batches.length === 0) return [];
  const now = await session.now();
  const { routing } = facts;
  const unmet = batches.flatMap((batch) => deletionConditions(batch, routing, now));
  const problems = unmet
    .filter(({ gates }) => gates.some((gate) => run.waiverOf(gate) === undefined))
    .map(({ problem }) => problem);
  if (routing === undefined) return problems;
  const usersOf = async () => {
    const started = batches.filter((batch) => !isNeverStarted(batch));
    const users = started.length === 0 ? [] : await tenantMigrationUsers(session);
    return users.filter((user) => started.some((batch) => isIn(user, batch)));
  };
  return [...problems, ...(await lateMailProblems(run, session, { ...facts, routing }, usersOf))];
}

/**
 * Why the late mail of users, which arrives on premises, may still have to be copied although the MX is switched: not synchronized since, or
 * the MX is not the tenant's any more. A waiver of this run is no problem.
 */
export async function lateMailProblems(
  run: DomainRun,
  session: CloudSession,
  { domain, routing, observed }: DeletionFacts & { readonly routing: MxSwitch },
  usersOf: () => Promise<readonly MigrationUserInfo[]>,
): Promise<Problem[]> {
  const behind =
    run.waiverOf("synced-after-switch") === undefined
      ? notSyncedProblems(new Date(routing.routedAt), await usersOf())
      : [];
  const elsewhere =
    run.waiverOf("mx-observed") === undefined
      ? await mailRoutedProblems(domain, await tenantMxOf(session, domain, routing.values), observed)
      : [];
  return [...behind, ...elsewhere];
}

/** How mailboxes that failed or stopped are started again. Pure. */
export const startAgain = (stage: StageName): string =>
  `raise retryFailed of the wave and run pulumi up at stage ${stage}, which starts them again`;

/** A problem for each batch with mailboxes that were not synchronized since mail is routed to the tenant: deleted now, their late mail would be lost. Pure. */
export function notSyncedProblems(routedAt: Date, users: readonly MigrationUserInfo[]): Problem[] {
  return [...notSyncedSince(routedAt, users)].map(([batch, addresses]) => ({
    code: "mailbox-not-synced-after-switch",
    subject: `batch ${batch}`,
    reason: `${mailboxes(addresses.length)} of it ${were(addresses.length)} last synchronized before the MX was switched at ${utcMinute(routedAt)}: ${someOf(addresses)}`,
    hint: `Its Last Synced Time is that of others, copied since. Run pulumi up at stage route, which asks Exchange for a synchronization once a switch, and again in half an hour; or run Set-MigrationBatch -SyncNow in Exchange Online PowerShell; for whoever stopped or failed, ${startAgain("route")}`,
  }));
}

/**
 * Why the licences of a wave's users must not be taken away: a batch that they are in is still needed, whatever it is called.
 * @param addresses of the users, in lower case
 */
export async function neededLicenseProblems(
  run: DomainRun,
  session: CloudSession,
  inputs: InputsOf<"LicenseAssignment">,
  addresses: readonly string[],
): Promise<Problem[]> {
  const readFrom = performance.now();
  const [all, users] = await Promise.all([
    tenantBatches(session, readFrom),
    tenantMigrationUsers(session, readFrom),
  ]);
  const wanted = new Set(addresses);
  const held = users.filter(({ emailAddress }) => wanted.has(emailAddress.toLowerCase()));
  const batches = all.filter((batch) => !isRemoving(batch.status) && held.some((user) => isIn(user, batch)));
  const observed = inputs.observed ?? { zone: inputs.domain };
  const problems = await batchDeletionProblems(run, session, { ...inputs, observed }, batches);
  return problems.map((problem) => ({
    ...problem,
    code: "license-needed",
    subject: `wave ${inputs.wave}`,
    reason: `${counted(addresses.length, "user keeps the licence", "users keep their licences")} as long as its batches are needed: ${problem.subject}: ${problem.reason}`,
  }));
}
