import type { Problem } from "../../base/problem.js";
import { type GraphUser, givesMailbox, type SubscribedSku, sameId } from "../../microsoft365/graph/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { tenantUsers } from "../../microsoft365/shared-reads.js";
import {
  holds,
  type Licensing,
  leftOut,
  licenseSource,
  plansToLeaveOut,
  samePlans,
  usersByAddress,
} from "../license-plan.js";

/** How users stand against the plan's licences. */
export interface LicensesFound {
  /** Addresses whose user has the licence as the plan says. */
  readonly licensed: readonly string[];
  /** Addresses whose user has no licence with a mailbox. */
  readonly open: readonly string[];
  /** Users who have one otherwise than the plan says, and addresses without a user. */
  readonly problems: readonly Problem[];
}

/** Reads how users are licensed, and writes nothing. */
export async function findLicenses(
  session: CloudSession,
  addresses: readonly string[],
  licensing: Licensing,
): Promise<LicensesFound> {
  const { sku, skus } = await licenseSource(session, licensing);
  const users = usersByAddress(await tenantUsers(session));
  const licensed: string[] = [];
  const open: string[] = [];
  const problems: Problem[] = [];
  for (const address of addresses) {
    const user = users.get(address);
    const stands = user === undefined ? "open" : standing(user, licensing, sku, skus);
    if (stands === "licensed") licensed.push(address);
    else if (stands === "open") open.push(address);
    else
      problems.push({
        code: "adopt-license-differs",
        subject: `licence of ${address}`,
        reason: stands,
        hint: "Make licenses in the plan the same, or give the user that licence by hand; nothing was assigned",
      });
  }
  return { licensed, open, problems };
}

function standing(
  user: GraphUser,
  licensing: Licensing,
  sku: SubscribedSku,
  skus: readonly SubscribedSku[],
): string {
  const held = user.licenses
    .map(({ skuId }) => skus.find((one) => sameId(one.skuId, skuId))?.skuPartNumber ?? skuId)
    .join(", ");
  if (!("sku" in licensing)) return givesMailbox(user.licenses, skus) ? "licensed" : "open";
  if (!holds(user, sku))
    return givesMailbox(user.licenses, skus) ? `is ${held}, and by the plan ${sku.skuPartNumber}` : "open";
  const present = leftOut(user, sku);
  if (present === undefined) return "licensed";
  const leave = plansToLeaveOut(sku, present, licensing.disabledPlans, []);
  if (samePlans(present, leave)) return "licensed";
  return `is ${sku.skuPartNumber} without ${present.length} of its service plans, and by the plan without ${leave.length}`;
}
