import { onceForEach } from "../base/once-for-each.js";
import { MailstageError, type Problem, throwIfAny } from "../base/problem.js";
import {
  findSku,
  type GraphUser,
  getGroup,
  givesMailbox,
  type HeldLicense,
  includesId,
  mailboxPlans,
  planName,
  type SubscribedSku,
  sameId,
  type UserLicenses,
} from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantSubscriptions } from "../microsoft365/shared-reads.js";
import { unlicensedDays } from "./license-deadlines.js";

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

/** The users of the tenant by every SMTP address they have: waves share the list, and each asks for all of it by address. */
export const usersByAddress: (users: readonly GraphUser[]) => ReadonlyMap<string, GraphUser> =
  onceForEach(byAddress);

function byAddress(users: readonly GraphUser[]): Map<string, GraphUser> {
  const found = new Map<string, GraphUser>();
  for (const user of users) {
    found.set(user.userPrincipalName.toLowerCase(), user);
    if (user.mail !== undefined) found.set(user.mail.toLowerCase(), user);
    for (const proxy of user.proxyAddresses)
      if (/^smtp:/i.test(proxy)) found.set(proxy.slice(5).toLowerCase(), user);
  }
  return found;
}

/** The tenant's subscription of that name or id. @throws MailstageError `sku-unknown`, naming those there are */
export async function subscription(session: CloudSession, name: string): Promise<SubscribedSku> {
  const skus = await tenantSubscriptions(session);
  const found = findSku(skus, name);
  if (found !== undefined) return found;
  throw new MailstageError({
    code: "sku-unknown",
    subject: `licence ${name}`,
    reason: "is not a subscription of the tenant",
    hint: `It has ${skus.map((sku) => sku.skuPartNumber).join(", ") || "none"}`,
    operation: "GET /subscribedSkus",
  });
}

/** Whether a plan gives the licence that another one gave: the same group, or the same subscription by its name or its id. Pure. */
export function sameLicensing(skus: readonly SubscribedSku[], left: Licensing, right: Licensing): boolean {
  if ("group" in left || "group" in right)
    return "group" in left && "group" in right && sameId(left.group, right.group);
  const idOf = ({ sku }: { readonly sku: string }) => findSku(skus, sku)?.skuId ?? sku;
  return sameId(idOf(left), idOf(right));
}

/** The subscription that licenses users: the plan's own, or the one of the plan's group that comes with a mailbox. */
export interface LicenseSource {
  readonly sku: SubscribedSku;
  readonly skus: readonly SubscribedSku[];
}

/**
 * What the plan's licences are in the tenant, read and judged: it gives a mailbox, and what is to be left out belongs to it.
 * @throws MailstageError naming all that is wrong
 */
export async function licenseSource(session: CloudSession, licensing: Licensing): Promise<LicenseSource> {
  const skus = await tenantSubscriptions(session);
  if ("group" in licensing) return { sku: await groupSubscription(session, licensing.group, skus), skus };
  const sku = await subscription(session, licensing.sku);
  throwIfAny(licensePlanProblems(sku, licensing.disabledPlans));
  return { sku, skus };
}

async function groupSubscription(
  { graph }: CloudSession,
  id: string,
  skus: readonly SubscribedSku[],
): Promise<SubscribedSku> {
  const group = await getGroup(graph, id);
  const subject = `group ${group?.displayName ?? id}`;
  const carried = group?.licenses.find((license) => givesMailbox([license], skus));
  const sku = skus.find((one) => carried !== undefined && sameId(one.skuId, carried.skuId));
  const refused = (code: string, reason: string, hint: string) =>
    new MailstageError({ code, subject, reason, hint });
  if (group === undefined)
    throw refused(
      "group-missing",
      "does not exist in the tenant",
      "Give the object id of a security group that carries the licence",
    );
  if (group.licenses.length === 0)
    throw refused("group-unlicensed", "carries no licence", "Assign the licence to the group first");
  if (sku === undefined)
    throw refused(
      "group-without-mailbox",
      `carries no licence with an Exchange Online plan that is on: ${group.licenses.map(({ skuId }) => skus.find((one) => sameId(one.skuId, skuId))?.skuPartNumber ?? skuId).join(", ")}`,
      `Without one its members' mailboxes are disabled after ${unlicensedDays} days: turn Exchange Online on in the group's licence, or assign another`,
    );
  if (!group.assignable)
    throw refused(
      "group-not-assignable",
      "takes its members from a rule or from the on-premises directory",
      "Name a group whose members are assigned in the cloud",
    );
  return sku;
}

/** Why a subscription with some of its plans left out cannot license mailboxes. Pure. */
export function licensePlanProblems(sku: SubscribedSku, disabledPlans: readonly string[]): Problem[] {
  const subject = `licence ${sku.skuPartNumber}`;
  const mailbox = mailboxPlans(sku);
  const unknown = disabledPlans.filter(
    (id) => !sku.servicePlans.some(({ servicePlanId }) => sameId(servicePlanId, id)),
  );
  const problems: Problem[] = [];
  if (mailbox.length === 0)
    problems.push({
      code: "sku-without-mailbox",
      subject,
      reason: `has no Exchange Online plan: mailboxes licensed with it are disabled after ${unlicensedDays} days`,
      hint: "Name a licence with Exchange Online in licenses.sku",
      operation: "GET /subscribedSkus",
    });
  else if (mailbox.every(({ servicePlanId }) => includesId(disabledPlans, servicePlanId)))
    problems.push({
      code: "license-plan-needed",
      subject,
      reason: `${mailbox.map(({ servicePlanName }) => servicePlanName).join(", ")} is in licenses.disabledPlans: without it the mailboxes are disabled after ${unlicensedDays} days`,
      hint: "Take it out of licenses.disabledPlans",
    });
  if (unknown.length > 0)
    problems.push({
      code: "license-plan-unknown",
      subject,
      reason: `has no service plan ${unknown.join(", ")}, which licenses.disabledPlans names`,
      hint: `It has ${sku.servicePlans.map(({ servicePlanName, servicePlanId }) => `${servicePlanName} (${servicePlanId})`).join(", ")}`,
      operation: "GET /subscribedSkus",
    });
  return problems;
}

/** Whether a user has a subscription, by itself or by a group: then it takes no further seat of it. */
export function holds(user: UserLicenses | undefined, sku: SubscribedSku): boolean {
  return user?.licenses.some(({ skuId }) => sameId(skuId, sku.skuId)) ?? false;
}

/** Which service plans a direct assignment leaves out; undefined where the user has the subscription not, or by a group only. */
export function leftOut(user: UserLicenses, sku: SubscribedSku): readonly string[] | undefined {
  const own = (held: { readonly skuId: string }) => sameId(held.skuId, sku.skuId);
  const states = user.licenseStates.filter((state) => own(state) && state.state.toLowerCase() !== "error");
  const direct = states.find(({ assignedByGroup }) => assignedByGroup === undefined);
  if (direct !== undefined) return direct.disabledPlans;
  return states.length > 0 ? undefined : user.licenses.find(own)?.disabledPlans;
}

/**
 * What a user's assignment is to leave out: what the plan says, and what somebody left out by hand; what the plan said before and
 * no longer says is on again, and so is the mailbox. Pure.
 */
export function plansToLeaveOut(
  sku: SubscribedSku,
  present: readonly string[],
  wanted: readonly string[],
  before: readonly string[],
): readonly string[] {
  const mailbox = mailboxPlans(sku).map(({ servicePlanId }) => servicePlanId);
  const byHand = present.filter(
    (id) => !includesId(wanted, id) && !includesId(before, id) && !includesId(mailbox, id),
  );
  return [...wanted, ...byHand];
}

/** Whether two lists of service plans are the same, in any order. */
export function samePlans(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((id) => includesId(right, id));
}

/** Why a user's licences give it no mailbox, in a few words; undefined where they do. */
export function withoutMailbox(
  user: Pick<UserLicenses, "licenses" | "licenseStates"> | undefined,
  skus: readonly SubscribedSku[],
): string | undefined {
  if (user === undefined) return "no user of the tenant";
  if (givesMailbox(user.licenses, skus)) return undefined;
  const errors = user.licenseStates.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) return [...new Set(errors)].join(", ");
  const off = user.licenses.flatMap((license) => switchedOff(license, skus));
  return off.length > 0 ? `${off.join(", ")} is off` : "";
}

const switchedOff = ({ skuId, disabledPlans }: HeldLicense, skus: readonly SubscribedSku[]) => {
  const sku = skus.find((one) => sameId(one.skuId, skuId));
  if (sku === undefined) return [];
  const off = mailboxPlans(sku).filter(({ servicePlanId }) => includesId(disabledPlans, servicePlanId));
  return off.map(({ servicePlanId }) => `${planName(sku, servicePlanId)} of ${sku.skuPartNumber}`);
};
