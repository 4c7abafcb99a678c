import { isDeepStrictEqual } from "node:util";
import { findSku, type GraphUser, givesMailbox, type SubscribedSku } from "../microsoft365/graph/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantSubscriptions, tenantUsers } from "../microsoft365/shared-reads.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import type { InputsOf, OutputsOf } from "../state/index.js";
import { holds, sameLicensing, subscription, usersByAddress } from "./license-plan.js";

type Inputs = InputsOf<"LicenseAssignment">;
type Outputs = OutputsOf<"LicenseAssignment">;

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
function isLicensed(
  user: GraphUser | undefined,
  skus: readonly SubscribedSku[],
  sku: SubscribedSku | undefined,
): boolean {
  return user !== undefined && givesMailbox(user.licenses, skus) && (sku === undefined || holds(user, sku));
}

/** How many of a wave's users have the plan's licence at this moment, and from whom one of ours was taken. */
export async function licensesNow(
  session: CloudSession,
  { wave, domain, licenses }: Pick<Inputs, "wave" | "domain" | "licenses">,
  addresses: readonly string[],
  state: Pick<Outputs, "assigned">,
): Promise<{ readonly licensed: number; readonly lost: MailboxSet }> {
  const sku = "sku" in licenses ? await subscription(session, licenses.sku) : undefined;
  const skus = await tenantSubscriptions(session);
  const users = usersByAddress(await tenantUsers(session));
  const without = addresses.filter((address) => !isLicensed(users.get(address), skus, sku));
  return {
    licensed: addresses.length - without.length,
    lost: licensedByUs(wave, state).and(MailboxSet.ofAddresses(domain, without)),
  };
}

/**
 * Who has the plan's licence from us by an earlier run. After a change of the licence that is nobody: who held the new one before had it from
 * somebody else, and destroy takes no such licence away.
 */
export async function licensedByUsBefore(
  session: CloudSession,
  { wave, licenses }: Inputs,
  prior: { readonly inputs: Inputs; readonly outputs: Outputs } | undefined,
): Promise<MailboxSet> {
  if (prior === undefined) return MailboxSet.none;
  const unchanged =
    isDeepStrictEqual(prior.inputs.licenses, licenses) ||
    sameLicensing(await tenantSubscriptions(session), prior.inputs.licenses, licenses);
  return unchanged ? licensedByUs(wave, prior.outputs) : MailboxSet.none;
}

/** Who has the plan's licence from us, as state has it. */
export const licensedByUs = (wave: string, state: Pick<Outputs, "assigned"> | undefined) =>
  MailboxSet.ofLines(state?.assigned, `licences of ${wave}`);
