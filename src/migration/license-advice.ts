import type { Problem } from "../base/problem.js";
import {
  groupLicenseFailure,
  type LicenseFailure,
  type LicenseResult,
  planName,
  type SubscribedSku,
} from "../microsoft365/graph/index.js";

const guids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** What helps against each refusal of a licence. `plans` are the service plans it names, by name where they are the licence's. */
function advice(failure: LicenseFailure, sku: SubscribedSku, plans: readonly string[]): string {
  const [first = "the plan", ...others] = plans;
  switch (failure) {
    case "usage-location":
      return "Its new usage location is not seen everywhere yet; run pulumi up again in a minute";
    case "prohibited-location":
      return "The licence may not be used in the user's country: correct its usage location, or license it otherwise";
    case "unknown-sku":
      return "Check licenses.sku in the plan";
    case "not-for-users":
      return "It is a licence of the whole organization; name another in licenses.sku";
    case "no-seats":
      return `Buy more seats of ${sku.skuPartNumber}, and run pulumi up again`;
    case "missing-plan":
      return others.length > 0
        ? `${first} needs ${others.join(", ")}: leave ${first} out too, in licenses.disabledPlans, or do not leave out what it needs`
        : "A plan of the licence needs another one that the user does not have: leave it out in licenses.disabledPlans (for a group, in the group's licence), or give the user the licence with the other plan";
    case "conflicting-plan":
      return `Another licence of the user has a plan that cannot be beside one of ${sku.skuPartNumber}: take that licence from the user; where the plan is not that of Exchange Online, it can be left out in licenses.disabledPlans instead`;
    case "foreign-plan":
      return `Take ${first} out of licenses.disabledPlans: it is no service plan of ${sku.skuPartNumber}`;
    case "not-unique":
      return "An address of the user is held by another object of the tenant as well: mend that conflict of directory synchronization, on premises";
    case "no-such-user":
      return "Check directory synchronization for it";
    case "other":
      return "Run pulumi up again; if it stays, assign the licence in the admin centre to see more of the reason";
  }
}

/** Why a user did not get a licence, by the answer of assignLicense. */
export function licenseProblem(
  address: string,
  sku: SubscribedSku,
  result: Extract<LicenseResult, { done: false }>,
): Problem {
  const named = [...new Set(result.error.graphMessage?.match(guids) ?? [])].filter(
    (id) => id.toLowerCase() !== sku.skuId.toLowerCase(),
  );
  return {
    ...result.error.problems[0],
    subject: `licence of ${address}`,
    hint: advice(
      result.failure,
      sku,
      named.map((id) => planName(sku, id)),
    ),
  };
}

/** Why a member did not get the licence of its group, by what Entra recorded on it. */
export function groupLicenseProblem(address: string, sku: SubscribedSku, error: string): Problem {
  return {
    code: "license-group-error",
    subject: `licence of ${address}`,
    reason: `is not given by the group: ${error}`,
    hint: advice(groupLicenseFailure(error), sku, []),
    operation: "licenseAssignmentStates",
  };
}
