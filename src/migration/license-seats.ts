import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../base/problem.js";
import { are, counted } from "../base/words.js";
import { availableSeats, type SubscribedSku } from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantUsers } from "../microsoft365/shared-reads.js";
import type { SeatClaim } from "../plan/run.js";
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
      reason: `has ${counted(left, "seat")} left, and ${needed} ${are(needed)} needed${together}`,
      hint: `Buy ${needed - left} more, or migrate in smaller waves; nothing was assigned`,
      operation: "GET /subscribedSkus",
    },
  ];
}

/** A wave, or a list, and who is in it. */
interface Listed {
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * The seats of the plan's licence that lists of users will take, and the lists that need any. Whoever has the licence takes none, nor
 * does whoever has a mailbox that needs none, which is looked for where there are too few. Two addresses of one user are one seat.
 */
export async function countSeats(
  session: CloudSession,
  { sku }: Pick<LicenseSource, "sku">,
  lists: readonly Listed[],
): Promise<{ readonly needed: number; readonly by: readonly string[] }> {
  const users = usersByAddress(await tenantUsers(session));
  const count = (takes: (address: string) => boolean) => {
    const open = lists.map(({ name, addresses }) => ({ name, addresses: addresses.filter(takes) }));
    const seats = open.flatMap(({ addresses }) =>
      addresses.map((address) => users.get(address)?.id ?? address),
    );
    return {
      needed: new Set(seats).size,
      by: open.filter(({ addresses }) => addresses.length > 0).map(({ name }) => name),
    };
  };
  const isOpen = (address: string) => !holds(users.get(address), sku);
  const open = count(isOpen);
  if (open.needed <= availableSeats(sku)) return open;
  const all = new Set(lists.flatMap(({ addresses }) => addresses.filter(isOpen)));
  const mailboxes = await mailboxesByAddress(session, all);
  return count((address) => isOpen(address) && needsLicense(mailboxes.get(address)));
}

/**
 * Why the plan's licence has too few seats for all whom the waves license, where anybody comes to them by this run.
 * @param claims whom each wave licenses
 */
export async function seatsMissing(
  session: CloudSession,
  licensing: Licensing,
  claims: readonly SeatClaim[],
): Promise<Problem[]> {
  if (claims.every(({ changed }) => !changed)) return [];
  const source = await licenseSource(session, licensing);
  const lists = claims.map((claim) => ({ name: claim.wave, addresses: claim.addresses() }));
  // Where there are seats for everybody, nobody needs to be looked at.
  const listed = lists.reduce((sum, { addresses }) => sum + addresses.length, 0);
  if (seatProblems(source.sku, listed).length === 0) return [];
  const { needed, by } = await countSeats(session, source, lists);
  return seatProblems(source.sku, needed, by);
}

/** What a wave tells the others of whom it licenses. */
export function seatClaim(root: string, inputs: Inputs, olds: Inputs | undefined): Omit<SeatClaim, "wave"> {
  return {
    changed: newlyListed(root, inputs, olds).length > 0,
    addresses: () => appliedAddresses(inputs) ?? readWave(root, inputs).addresses,
  };
}

/** Who is to have the licence by these inputs and was not to have it by those before. */
function newlyListed(root: string, inputs: Inputs, olds: Inputs | undefined): readonly string[] {
  if (olds !== undefined && isDeepStrictEqual(olds.licenses, inputs.licenses))
    return addedRows(inputs, olds).addresses(inputs.domain);
  return appliedAddresses(inputs) ?? readWave(root, inputs).addresses;
}
