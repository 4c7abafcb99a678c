import type { SubscribedSku } from "./licenses.js";

/** A licence as a user or a group has it: some of its service plans may be off. */
export interface HeldLicense {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
}

/**
 * Service plans with which a user has a mailbox in Exchange Online: Plan 1, Plan 2, Kiosk and Essentials in all their editions
 * (Microsoft's "Product names and service plan identifiers"). Foundation, Archiving, Protection and Multi-Geo have names like these
 * (`EXCHANGE_S_FOUNDATION`) and give no mailbox: one without a plan of this list is disabled after 30 days.
 */
const mailboxPlan = /^EXCHANGE_[BLS]_(STANDARD|ENTERPRISE|DESKLESS|ESSENTIALS)(_|$)/i;

/** The plans of a subscription that come with a mailbox. */
export function mailboxPlans(sku: SubscribedSku): SubscribedSku["servicePlans"] {
  return sku.servicePlans.filter(({ servicePlanName }) => mailboxPlan.test(servicePlanName));
}

/** Whether a subscription gives its users anything: one that is suspended, locked out or deleted does not. */
const inForce = ({ capabilityStatus }: SubscribedSku) =>
  ["enabled", "warning"].includes(capabilityStatus.toLowerCase());

/** Whether one of the licences has an Exchange Online plan that is on. */
export function givesMailbox(licenses: readonly HeldLicense[], skus: readonly SubscribedSku[]): boolean {
  return licenses.some(({ skuId, disabledPlans }) => {
    const sku = skus.find((one) => sameId(one.skuId, skuId));
    if (sku === undefined || !inForce(sku)) return false;
    return mailboxPlans(sku).some(({ servicePlanId }) => !includesId(disabledPlans, servicePlanId));
  });
}

/** Whether two ids are the same: GUIDs come in either case. */
export function sameId(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether a list has that id. */
export function includesId(ids: readonly string[], id: string): boolean {
  return ids.some((other) => sameId(other, id));
}

/** A service plan by its name, for people; its id where the subscription does not have it. */
export function planName(sku: SubscribedSku, servicePlanId: string): string {
  return (
    sku.servicePlans.find((plan) => sameId(plan.servicePlanId, servicePlanId))?.servicePlanName ??
    servicePlanId
  );
}
