import type { AssignedLicense, LicenseViolation, ServicePlan, SkuRecord } from "./state.js";

const plan = (
  servicePlanId: string,
  servicePlanName: string,
  more: Partial<ServicePlan> = {},
): ServicePlan => ({
  servicePlanId,
  servicePlanName,
  ...more,
});

const sharePoint = plan("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE");
/** In nearly every subscription, even those without mail: it gives nobody a mailbox. */
const foundation = plan("113feb6c-3fe4-4440-bddc-54d774bf0318", "EXCHANGE_S_FOUNDATION", {
  appliesTo: "Company",
});
const exchangeEnterprise = plan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE");
const exchangeStandard = plan("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD");

const suite: readonly ServicePlan[] = [
  plan("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1"),
  plan("e95bec33-7c88-4a70-8e19-b10bd9d0c014", "SHAREPOINTWAC", { dependsOn: sharePoint.servicePlanId }),
  sharePoint,
  exchangeEnterprise,
];

/** Service plans of subscriptions known by name (Microsoft's product names list); any other is a suite with mail. */
const plansBySku: Readonly<Record<string, readonly ServicePlan[]>> = {
  EXCHANGESTANDARD: [exchangeStandard],
  EXCHANGEENTERPRISE: [exchangeEnterprise],
  EMS: [plan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM"), foundation],
};

/** The service plans of a subscription by its name. */
export function servicePlansOf(skuPartNumber: string): readonly ServicePlan[] {
  return plansBySku[skuPartNumber] ?? suite;
}

/** Plans that come with a mailbox, by their ids: a list of its own, so that the lab judges clients by other means than theirs. */
const mailboxPlans = new Set([exchangeEnterprise.servicePlanId, exchangeStandard.servicePlanId]);

const enabledPlans = (licenses: readonly AssignedLicense[], skus: readonly SkuRecord[]) =>
  licenses.flatMap(({ skuId, disabledPlans }) =>
    (skus.find((sku) => sku.skuId === skuId)?.servicePlans ?? []).filter(
      ({ servicePlanId }) => !disabledPlans.includes(servicePlanId),
    ),
  );

/** Whether the licences give their user a mailbox: an Exchange Online plan that is on. */
export function givesMailbox(licenses: readonly AssignedLicense[], skus: readonly SkuRecord[]): boolean {
  return enabledPlans(licenses, skus).some(({ servicePlanId }) => mailboxPlans.has(servicePlanId));
}

/** What Graph shows of a user's licences: one entry a subscription, a plan off only where no assignment has it on. */
export function mergedLicenses(licenses: readonly AssignedLicense[]): AssignedLicense[] {
  const merged = new Map<string, AssignedLicense>();
  for (const { skuId, disabledPlans } of licenses) {
    const before = merged.get(skuId);
    merged.set(skuId, {
      skuId,
      disabledPlans:
        before === undefined
          ? disabledPlans
          : before.disabledPlans.filter((servicePlanId) => disabledPlans.includes(servicePlanId)),
    });
  }
  return [...merged.values()];
}

/** Why a set of licences cannot be: a plan without the one it needs, or two of which a user may have one only. */
export function planViolation(
  licenses: readonly AssignedLicense[],
  skus: readonly SkuRecord[],
): { readonly error: LicenseViolation; readonly message: string } | undefined {
  const enabled = enabledPlans(licenses, skus);
  const ids = new Set(enabled.map(({ servicePlanId }) => servicePlanId));
  const orphan = enabled.find(({ dependsOn }) => dependsOn !== undefined && !ids.has(dependsOn));
  if (orphan !== undefined)
    return {
      error: "DependencyViolation",
      message: `License assignment failed because service plan ${orphan.servicePlanId} depends on the service plan(s) ${orphan.dependsOn}`,
    };
  const mailboxes = [...ids].filter((id) => mailboxPlans.has(id));
  if (mailboxes.length > 1)
    return {
      error: "MutuallyExclusiveViolation",
      message: `License assignment failed because service plans ${mailboxes.join(", ")} are mutually exclusive`,
    };
  return undefined;
}
