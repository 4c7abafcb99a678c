import { type Problem, throwIfAny } from "../base/problem.js";
import { pause, retryDelay } from "../base/retry.js";
import { counted } from "../base/words.js";
import {
  assignLicenses,
  type GraphClient,
  type GraphUser,
  givesMailbox,
  type SubscribedSku,
  sameId,
  setUsageLocation,
} from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantLicenses, tenantUsers, writeBeside } from "../microsoft365/shared-reads.js";
import { licenseByGroup } from "./group-licensing.js";
import { licenseProblem } from "./license-advice.js";
import {
  holds,
  type Licensing,
  leftOut,
  licenseSource,
  plansToLeaveOut,
  samePlans,
  usersByAddress,
} from "./license-plan.js";
import type { LicenseReport, Outcome, Progress } from "./license-report.js";
import { seatProblems } from "./license-seats.js";

/** How the licensing of some users ended. */
export interface LicensingResult {
  /** Addresses that have the licence now, by the answer of a read after the writes. */
  readonly licensed: readonly string[];
  /** Addresses that came by it in this run. */
  readonly added: readonly string[];
  /** Members of the group whose licence is still being worked out. */
  readonly processing: number;
  readonly problems: readonly Problem[];
}

/**
 * Licenses users by address, each once: what is there already is left alone. Reads all users in pages, writes 20 to a
 * request, reads back. Problems name the user and do not stop the others.
 * @param before the service plans that the plan left out at the last run: what it no longer leaves out is on again
 * @throws MailstageError when the subscription or group is unknown, gives no mailbox or has too few seats: then nothing was changed
 */
export async function licenseUsers(
  session: CloudSession,
  addresses: readonly string[],
  licensing: Licensing,
  progress: Progress,
  before: readonly string[] = [],
): Promise<LicensingResult> {
  const found = usersByAddress(await tenantUsers(session));
  const problems: Problem[] = [];
  const users = new Map<string, GraphUser>();
  const addressOf = new Map<string, string>();
  for (const address of addresses) {
    const user = found.get(address);
    if (user === undefined)
      problems.push({
        code: "user-missing",
        subject: address,
        reason: "is not a user of the tenant",
        hint: "Check directory synchronization for it",
      });
    else {
      users.set(user.id, user);
      addressOf.set(user.id, address);
    }
  }
  const named = (id: string) => addressOf.get(id) ?? id;
  const report = { progress, problems, named };
  const outcome =
    "group" in licensing
      ? await licenseByGroup(session, [...users.values()], licensing.group, report)
      : await byUser(session, [...users.values()], { licensing, before }, report);
  return {
    licensed: outcome.licensed.map(named).sort(),
    added: outcome.fresh.map(named).sort(),
    processing: outcome.processing,
    problems,
  };
}

async function byUser(
  session: CloudSession,
  users: readonly GraphUser[],
  { licensing, before }: { licensing: Extract<Licensing, { sku: string }>; before: readonly string[] },
  { progress, problems, named }: LicenseReport,
): Promise<Outcome> {
  const { graph } = session;
  const { sku } = await licenseSource(session, licensing);
  /** What is to be left out for each user whose assignment is not as it should be. */
  const wanted = new Map<string, readonly string[]>();
  for (const user of users) {
    const present = leftOut(user, sku);
    const leave = plansToLeaveOut(sku, present ?? [], licensing.disabledPlans, before);
    if (present === undefined ? !licensedByGroup(user, sku) : !samePlans(present, leave))
      wanted.set(user.id, leave);
  }
  const have = users.filter(({ id }) => !wanted.has(id)).map(({ id }) => id);
  if (wanted.size === 0) return { licensed: have, fresh: [], processing: 0 };
  const open = users.filter(({ id }) => wanted.has(id));
  const unseated = open.filter((user) => !holds(user, sku));
  throwIfAny(seatProblems(sku, unseated.length));

  const { result: done, endedAt } = await writeBeside(session, () =>
    assign(graph, sku, open, wanted, { licensing, progress, problems, named }),
  );
  const unseen = await notReadBack(session, sku, done, wanted, endedAt);
  for (const id of unseen)
    problems.push({
      code: "license-not-seen",
      subject: `licence of ${named(id)}`,
      reason: `${sku.skuPartNumber} was assigned, but the tenant does not show it yet`,
      hint: "Run pulumi up again in a few minutes; it is assigned only where it is missing",
    });
  const fresh = new Set(unseated.map(({ id }) => id));
  return {
    licensed: [...have, ...done.filter((id) => !unseen.has(id))],
    fresh: done.filter((id) => fresh.has(id)),
    processing: 0,
  };
}

/** Whether a group gives the subscription with its mailbox. */
function licensedByGroup(user: GraphUser, sku: SubscribedSku): boolean {
  return givesMailbox(
    user.licenses.filter(({ skuId }) => sameId(skuId, sku.skuId)),
    [sku],
  );
}

/** Usage locations where there are none, then the licences; ends with the ids of those who have it now. */
async function assign(
  graph: GraphClient,
  sku: SubscribedSku,
  open: readonly GraphUser[],
  wanted: ReadonlyMap<string, readonly string[]>,
  {
    licensing,
    progress,
    problems,
    named,
  }: LicenseReport & { readonly licensing: Extract<Licensing, { sku: string }> },
): Promise<string[]> {
  const unlocated = open.filter((user) => user.usageLocation === undefined);
  const failed = new Set<string>();
  if (unlocated.length > 0 && licensing.usageLocation === undefined)
    for (const user of unlocated) {
      failed.add(user.id);
      problems.push({
        code: "usage-location-missing",
        subject: named(user.id),
        reason: "has no usage location, without which no licence can be assigned",
        hint: "Set it in the directory, or give licenses.usageLocation in the plan",
      });
    }
  else if (licensing.usageLocation !== undefined)
    for (const result of await setUsageLocation(
      graph,
      unlocated.map((user) => user.id),
      licensing.usageLocation,
      (done) => progress(`usage location of ${done} of ${counted(unlocated.length, "user")} set`),
    ))
      if (!result.done) {
        failed.add(result.userId);
        problems.push({ ...result.error.problems[0], subject: named(result.userId) });
      }

  const ready = open.filter((user) => !failed.has(user.id)).map((user) => user.id);
  const results = await assignLicenses(
    graph,
    ready,
    (id) => ({ skuId: sku.skuId, disabledPlans: wanted.get(id) ?? licensing.disabledPlans }),
    (done) => progress(`${done} of ${counted(ready.length, "licence")} assigned`),
  );
  for (const result of results)
    if (!result.done) problems.push(licenseProblem(named(result.userId), sku, result));
  return results.filter((result) => result.done).map((result) => result.userId);
}

/** Those of the ids that do not show the licence as wanted when read back; lagging replicas are given a few seconds. */
async function notReadBack(
  session: CloudSession,
  sku: SubscribedSku,
  ids: readonly string[],
  wanted: ReadonlyMap<string, readonly string[]>,
  writtenAt: number,
): Promise<Set<string>> {
  let open = new Set(ids);
  for (let round = 0; open.size > 0 && round < 3; round += 1) {
    if (round > 0) await pause(retryDelay(round));
    const users = await tenantLicenses(session, round === 0 ? writtenAt : performance.now());
    const shown = users.filter((user) => {
      const present = open.has(user.id) ? leftOut(user, sku) : undefined;
      return present !== undefined && samePlans(present, wanted.get(user.id) ?? []);
    });
    open = open.difference(new Set(shown.map((user) => user.id)));
  }
  return open;
}
