import type { CloudSession } from "../cloud/index.js";
import { pause, retryDelay } from "../cloud/retry.js";
import { type Problem, throwIfAny } from "../errors/index.js";
import {
  addGroupMembers,
  assignLicenses,
  availableSeats,
  findSku,
  type GraphClient,
  type GraphUser,
  getGroup,
  type LicenseResult,
  type SubscribedSku,
  setUsageLocation,
  type UserLicenses,
} from "../graph/index.js";
import { tenantLicenses, tenantSubscriptions, tenantUsers, writeBeside } from "./tenant-reads.js";

/** How users are licensed: the plan's `licenses`. */
export type Licensing =
  | {
      /** skuPartNumber or skuId. */
      readonly sku: string;
      /** ISO 3166; set where a user has none. */
      readonly usageLocation?: string | undefined;
      readonly disabledPlans: readonly string[];
    }
  | {
      /** Id of the group that carries the licence. */
      readonly group: string;
    };

/** How the licensing of some users ended. */
export interface LicensingResult {
  /** Addresses that have the licence now, by the answer of a read after the writes. */
  readonly licensed: readonly string[];
  /** Addresses that came by it in this run. */
  readonly added: readonly string[];
  readonly problems: readonly Problem[];
}

/** Tells how far a longer piece of work has come. */
export type Progress = (message: string) => void;

/** Made once for each list of users: waves share the list, and each asks for all of it by address. */
const byAddress = new WeakMap<readonly GraphUser[], ReadonlyMap<string, GraphUser>>();

/** The users of the tenant by every SMTP address they have. */
export function usersByAddress(users: readonly GraphUser[]): ReadonlyMap<string, GraphUser> {
  const known = byAddress.get(users);
  if (known !== undefined) return known;
  const found = new Map<string, GraphUser>();
  for (const user of users) {
    found.set(user.userPrincipalName.toLowerCase(), user);
    if (user.mail !== undefined) found.set(user.mail.toLowerCase(), user);
    for (const proxy of user.proxyAddresses)
      if (/^smtp:/i.test(proxy)) found.set(proxy.slice(5).toLowerCase(), user);
  }
  byAddress.set(users, found);
  return found;
}

/** The tenant's subscription of that name or id. @throws MailstageError `sku-unknown`, naming those there are */
export async function subscription(session: CloudSession, name: string): Promise<SubscribedSku> {
  const skus = await tenantSubscriptions(session);
  const found = findSku(skus, name);
  if (found === undefined)
    throwIfAny([
      {
        code: "sku-unknown",
        subject: `licence ${name}`,
        reason: "is not a subscription of the tenant",
        hint: `It has ${skus.map((sku) => sku.skuPartNumber).join(", ") || "none"}`,
        operation: "GET /subscribedSkus",
      },
    ]);
  else return found;
  throw new TypeError("unreachable");
}

const hasSku = (user: UserLicenses, skuId: string) =>
  user.licenses.some((license) => license.skuId.toLowerCase() === skuId.toLowerCase());

/**
 * Licenses users by address, each once: what is there already is left alone. Reads all users in pages, writes 20 to a
 * request, reads back. Problems name the user and do not stop the others.
 * @throws MailstageError when the subscription or group is unknown, or has too few seats: then nothing was changed
 */
export async function licenseUsers(
  session: CloudSession,
  addresses: readonly string[],
  licensing: Licensing,
  progress: Progress,
): Promise<LicensingResult> {
  const { graph } = session;
  const found = usersByAddress(await tenantUsers(session));
  const problems: Problem[] = [];
  const users: GraphUser[] = [];
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
      users.push(user);
      addressOf.set(user.id, address);
    }
  }
  const added =
    "group" in licensing
      ? await byGroup(graph, users, licensing.group, progress)
      : await byUser(session, users, licensing, { progress, problems, addressOf });
  const licensed = added.licensed.flatMap((id) => addressOf.get(id) ?? []).sort();
  return { licensed, added: added.fresh.flatMap((id) => addressOf.get(id) ?? []).sort(), problems };
}

interface Outcome {
  readonly licensed: readonly string[];
  readonly fresh: readonly string[];
}

async function byUser(
  session: CloudSession,
  users: readonly GraphUser[],
  licensing: Extract<Licensing, { sku: string }>,
  {
    progress,
    problems,
    addressOf,
  }: {
    readonly progress: Progress;
    readonly problems: Problem[];
    readonly addressOf: ReadonlyMap<string, string>;
  },
): Promise<Outcome> {
  const { graph } = session;
  const sku = await subscription(session, licensing.sku);
  const open = users.filter((user) => !hasSku(user, sku.skuId));
  const have = users.filter((user) => hasSku(user, sku.skuId)).map((user) => user.id);
  if (open.length === 0) return { licensed: have, fresh: [] };
  throwIfAny(seatProblems(sku, open.length));

  const named = (id: string) => addressOf.get(id) ?? id;
  const { result: fresh, endedAt } = await writeBeside(session, () =>
    assign(graph, sku, open, { licensing, progress, problems, named }),
  );
  const unseen = await notReadBack(session, fresh, sku.skuId, endedAt);
  for (const id of unseen)
    problems.push({
      code: "license-not-seen",
      subject: `licence of ${named(id)}`,
      reason: `${sku.skuPartNumber} was assigned, but the tenant does not show it yet`,
      hint: "Run pulumi up again in a few minutes; it is assigned only where it is missing",
    });
  return { licensed: [...have, ...fresh.filter((id) => !unseen.has(id))], fresh };
}

/** Usage locations where there are none, then the licences; ends with the ids of those who have it now. */
async function assign(
  graph: GraphClient,
  sku: SubscribedSku,
  open: readonly GraphUser[],
  {
    licensing,
    progress,
    problems,
    named,
  }: {
    readonly licensing: Extract<Licensing, { sku: string }>;
    readonly progress: Progress;
    readonly problems: Problem[];
    readonly named: (id: string) => string;
  },
): Promise<string[]> {
  const homeless = open.filter((user) => user.usageLocation === undefined);
  const failed = new Set<string>();
  if (homeless.length > 0 && licensing.usageLocation === undefined)
    for (const user of homeless) {
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
      homeless.map((user) => user.id),
      licensing.usageLocation,
      (done) => progress(`usage location of ${done} of ${homeless.length} users set`),
    ))
      if (!result.done) {
        failed.add(result.userId);
        problems.push({ ...result.error.problems[0], subject: named(result.userId) });
      }

  const ready = open.filter((user) => !failed.has(user.id)).map((user) => user.id);
  const results = await assignLicenses(
    graph,
    ready,
    { skuId: sku.skuId, disabledPlans: licensing.disabledPlans },
    (done) => progress(`${done} of ${ready.length} licences assigned`),
  );
  for (const result of results)
    if (!result.done) problems.push(licenseProblem(named(result.userId), sku, result));
  return results.filter((result) => result.done).map((result) => result.userId);
}

/** Those of the ids that do not show the licence when read back; lagging replicas are given a few seconds. */
async function notReadBack(
  session: CloudSession,
  ids: readonly string[],
  skuId: string,
  writtenAt: number,
): Promise<Set<string>> {
  let open = new Set(ids);
  for (let round = 0; open.size > 0 && round < 3; round += 1) {
    if (round > 0) await pause(retryDelay(round));
    const users = await tenantLicenses(session, round === 0 ? writtenAt : performance.now());
    const have = new Set(users.filter((user) => hasSku(user, skuId)).map((user) => user.id));
    open = open.difference(have);
  }
  return open;
}

async function byGroup(
  graph: GraphClient,
  users: readonly GraphUser[],
  id: string,
  progress: Progress,
): Promise<Outcome> {
  const group = await getGroup(graph, id);
  const subject = `group ${group?.displayName ?? id}`;
  const problems: Problem[] = [];
  if (group === undefined)
    problems.push({
      code: "group-missing",
      subject,
      reason: "does not exist in the tenant",
      hint: "Give the object id of a security group that carries the licence",
    });
  else if (group.licenses.length === 0)
    problems.push({
      code: "group-unlicensed",
      subject,
      reason: "carries no licence",
      hint: "Assign the licence to the group first",
    });
  else if (!group.assignable)
    problems.push({
      code: "group-not-assignable",
      subject,
      reason: "takes its members from a rule or from the on-premises directory",
      hint: "Name a group whose members are assigned in the cloud",
    });
  throwIfAny(problems);
  const fresh = await addGroupMembers(
    graph,
    id,
    users.map((user) => user.id),
    (done) => progress(`${done} members added`),
  );
  return { licensed: users.map((user) => user.id), fresh };
}

/** Why a subscription cannot carry that many more users. Pure. */
export function seatProblems(sku: SubscribedSku, needed: number): Problem[] {
  const left = availableSeats(sku);
  if (left >= needed) return [];
  return [
    {
      code: "seats-missing",
      subject: `licence ${sku.skuPartNumber}`,
      reason: `has ${left} seats left, and ${needed} are needed`,
      hint: `Buy ${needed - left} more, or migrate in smaller waves; nothing was assigned`,
      operation: "GET /subscribedSkus",
    },
  ];
}

function licenseProblem(
  address: string,
  sku: SubscribedSku,
  result: Extract<LicenseResult, { done: false }>,
): Problem {
  const hints: Record<typeof result.failure, string> = {
    "usage-location": "Its new usage location is not seen everywhere yet; run pulumi up again in a minute",
    "unknown-sku": "Check licenses.sku in the plan",
    "no-seats": `Buy more seats of ${sku.skuPartNumber}, and run pulumi up again`,
    "plan-conflict":
      "Another licence of the user has a conflicting service plan; disable it in licenses.disabledPlans",
    "no-such-user": "Check directory synchronization for it",
    other: "Run pulumi up again",
  };
  return { ...result.error.problems[0], subject: `licence of ${address}`, hint: hints[result.failure] };
}
