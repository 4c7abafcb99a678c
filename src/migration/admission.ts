import type { Problem } from "../base/problem.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches, tenantMigrationUsers, tenantUsers } from "../microsoft365/shared-reads.js";
import type { DomainRun } from "../plan/run.js";
import { takenProblems } from "./batch-conflicts.js";
import { isIn } from "./batch-identity.js";
import { sameUserProblems, synchronizationProblems } from "./gates/tenant.js";
import { leavingBatches, unknownBatchProblems } from "./leaving-waves.js";
import { usersByAddress } from "./license-plan.js";
import type { ListChange } from "./wave-list.js";

/**
 * Why mailboxes cannot be added to a wave as the tenant is now: they are in a batch of another wave or of somebody else, directory
 * synchronization has not brought their users, or two of them are one user.
 */
export async function admissionProblems(
  run: DomainRun,
  session: CloudSession,
  { wave, domain }: { readonly wave: string; readonly domain: string },
  { byBatch, now, added }: ListChange,
): Promise<Problem[]> {
  if (added.size === 0) return [];
  const addresses = added.addresses(domain);
  const [taken, users] = await Promise.all([
    tenantMigrationUsers(session),
    run.waiverOf("directory-synchronized") === undefined ? tenantUsers(session) : undefined,
  ]);
  const batches = run.leaving.length === 0 ? [] : await tenantBatches(session);
  const leaving = leavingBatches(run, batches);
  const unknown = unknownBatchProblems(run, batches, taken, new Set(addresses));
  return [
    ...unknown,
    // A wave that was never started may be renamed: its batch leaves in this run, and is deleted before this one is made.
    ...(unknown.length > 0
      ? []
      : takenProblems(
          taken.filter((user) => !leaving.some((batch) => isIn(user, batch))),
          { wave, batches: Object.keys(byBatch), addresses },
        )),
    ...(users === undefined
      ? []
      : [
          ...synchronizationProblems(usersByAddress(users), { wave, addresses }),
          ...sameUserProblems(usersByAddress(users), [{ wave, addresses: now.addresses(domain) }]),
        ]),
  ];
}
