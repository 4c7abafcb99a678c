import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../base/problem.js";
import { availableSeats, type SubscribedSku } from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantUsers } from "../microsoft365/shared-reads.js";
import type { InputsOf } from "../state/index.js";
import { mailboxesByAddress } from "./arrived-mailboxes.js";
import { addedRows } from "./guard-of-added-rows.js";
import { needsLicense } from "./license-deadlines.js";
import { holds, type LicenseSource, type Licensing, licenseSource, usersByAddress } from "./license-plan.js";
import { appliedAddresses, readWave } from "./wave-file.js";

type Inputs = InputsOf<"LicenseAssignment">;

/**
 * Why a subscription cannot carry that many more users. Pure.
 * @param waves whose users they are, where the message is to say it
 */
export function seatProblems(sku: SubscribedSku, needed: number, waves: readonly string[] = []): Problem[] {
  const left = availableSeats(sku);
  if (left >= needed) return [];
  const together = waves.length > 1 ? ` by ${waves.join(", ")} together` : "";
  return [
    {
      code: "seats-missing",
      subject: `licence ${sku.skuPartNumber}`,
      reason: `has ${left} seats left, and ${needed} are needed${together}`,
      hint: `Buy ${needed - left} more, or migrate in smaller waves; nothing was assigned`,
      operation: "GET /subscribedSkus",
    },
  ];
}

/** The seats of the plan's licence that users with these addresses will take. Two addresses of one user are one seat. */
export async function seatsNeeded(
  session: CloudSession,
  addresses: readonly string[],
  { sku }: LicenseSource,
): Promise<number> {
  const users = usersByAddress(await tenantUsers(session));
  const open = addresses.filter((address) => !holds(users.get(address), sku));
  return new Set(open.map((address) => users.get(address)?.id ?? address)).size;
}

/**
 * Why the plan's licence has too few seats for all who are to have it by this run: whoever has it, and whoever has a mailbox that
 * needs none, takes none.
 * @param claims whom each wave licenses newly
 */
export async function seatsMissing(
  session: CloudSession,
  licensing: Licensing,
  claims: ReadonlyMap<string, readonly string[]>,
): Promise<Problem[]> {
  const source = await licenseSource(session, licensing);
  const addresses = [...claims.values()].flat();
  if (seatProblems(source.sku, addresses.length).length === 0) return [];
  // Some may be licensed already: count before refusing.
  const needed = await seatsNeeded(session, addresses, source);
  if (seatProblems(source.sku, needed).length === 0) return [];
  // And a mailbox that is there already may be one that takes no seat.
  const mailboxes = await mailboxesByAddress(session, new Set(addresses));
  const seated = addresses.filter((address) => needsLicense(mailboxes.get(address)));
  return seatProblems(source.sku, await seatsNeeded(session, seated, source), [...claims.keys()]);
}

/** Who is to have the licence by these inputs and was not to have it by those before. */
export function newlyListed(root: string, inputs: Inputs, olds: Inputs | undefined): readonly string[] {
  if (olds !== undefined && isDeepStrictEqual(olds.licenses, inputs.licenses))
    return addedRows(inputs, olds).addresses(inputs.domain);
  return appliedAddresses(inputs) ?? readWave(root, inputs).addresses;
}
