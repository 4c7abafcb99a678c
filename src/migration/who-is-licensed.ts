import { findSku, type GraphUser, givesMailbox, type SubscribedSku } from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantSubscriptions, tenantUsers } from "../microsoft365/shared-reads.js";
import type { InputsOf } from "../state/index.js";
import { holds, usersByAddress } from "./license-plan.js";

type Inputs = InputsOf<"LicenseAssignment">;

/** Addresses whose user has not the plan's licence, or none with a mailbox. */
export async function unlicensed(
  session: CloudSession,
  addresses: readonly string[],
  licenses: Inputs["licenses"],
): Promise<Set<string>> {
  const [all, skus] = await Promise.all([tenantUsers(session), tenantSubscriptions(session)]);
  const sku = "sku" in licenses ? findSku(skus, licenses.sku) : undefined;
  const users = usersByAddress(all);
  return new Set(addresses.filter((address) => !isLicensed(users.get(address), skus, sku)));
}

/** Whether a user has a licence with a mailbox, and the plan's where it names one. */
export function isLicensed(
  user: GraphUser | undefined,
  skus: readonly SubscribedSku[],
  sku: SubscribedSku | undefined,
): boolean {
  return user !== undefined && givesMailbox(user.licenses, skus) && (sku === undefined || holds(user, sku));
}
