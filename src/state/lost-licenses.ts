import { MailboxSet } from "../plan/mailbox-set.js";
import type { ReadResource } from "./read-resource.js";

/** From whom somebody has taken a licence of ours, as the last refresh saw it; addresses. */
export function lostAddresses({
  wave = "",
  domain = "",
  lost,
}: Pick<ReadResource<"LicenseAssignment">, "wave" | "domain" | "lost">): string[] {
  return MailboxSet.ofLines(lost, `licences of ${wave}`).addresses(domain);
}
