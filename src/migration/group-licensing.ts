import { throwIfAny } from "../base/problem.js";
import { pause, retryDelay } from "../base/retry.js";
import { counted } from "../base/words.js";
import {
  addGroupMembers,
  type GraphUser,
  givesMailbox,
  reprocessLicenses,
  type UserLicenses,
} from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantLicenses, writeBeside } from "../microsoft365/shared-reads.js";
import { groupLicenseProblem } from "./license-advice.js";
import { holds, licenseSource } from "./license-plan.js";
import type { LicenseReport, Outcome } from "./license-report.js";
import { seatProblems } from "./license-seats.js";

/** How often the users are read until the group's licence has reached all of them; what takes longer is for the next run. */
const rounds = 4;

/**
 * Makes users members of the group that carries the licence. Membership is no licence: it is worked out later, and what was in the
 * way is recorded on the user, so users are read until each has a mailbox by licence, or the reason why not.
 * @throws MailstageError when the group cannot license or its licence has too few seats: then nothing was changed
 */
export async function licenseByGroup(
  session: CloudSession,
  users: readonly GraphUser[],
  group: string,
  { progress, problems, named }: LicenseReport,
): Promise<Outcome> {
  const { graph } = session;
  const source = await licenseSource(session, { group });
  const open = users.filter((user) => !givesMailbox(user.licenses, source.skus));
  throwIfAny(seatProblems(source.sku, users.filter((user) => !holds(user, source.sku)).length));
  const errorOf = ({ licenseStates }: Pick<UserLicenses, "licenseStates">) =>
    licenseStates.find(({ assignedByGroup, error }) => assignedByGroup === group && error !== undefined)
      ?.error;

  const { result: fresh, endedAt } = await writeBeside(session, async () => {
    const ids = users.map((user) => user.id);
    const added = await addGroupMembers(graph, group, ids, (done) =>
      progress(`${counted(done, "member")} added`),
    );
    const failed = open.filter((user) => errorOf(user) !== undefined).map((user) => user.id);
    if (failed.length > 0) await reprocessLicenses(graph, failed);
    return added;
  });

  let waiting = new Set(open.map((user) => user.id));
  const errors = new Map<string, string>();
  for (let round = 0; waiting.size > 0 && round < rounds; round += 1) {
    if (round > 0) await pause(retryDelay(round));
    errors.clear();
    const rest = new Set<string>();
    for (const user of await tenantLicenses(session, round === 0 ? endedAt : performance.now())) {
      if (!waiting.has(user.id) || givesMailbox(user.licenses, source.skus)) continue;
      const error = errorOf(user);
      if (error !== undefined) errors.set(user.id, error);
      rest.add(user.id);
    }
    waiting = rest;
    progress(`the licence has come for ${users.length - waiting.size} of ${counted(users.length, "member")}`);
    if (errors.size === waiting.size) break;
  }
  for (const [id, error] of errors) problems.push(groupLicenseProblem(named(id), source.sku, error));
  return {
    licensed: users.filter(({ id }) => !waiting.has(id)).map(({ id }) => id),
    fresh,
    processing: waiting.size - errors.size,
  };
}
