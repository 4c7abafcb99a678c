import { stringify } from "csv-stringify/sync";
import { routingAddress } from "./conversion.js";
import type { CloudMailbox, ConversionOptions } from "./types.js";
import { smtpAddress } from "./users.js";

/**
 * The `cloud.csv` of Microsoft's conversion scripts, for teams that keep it as a record or run the scripts themselves:
 * the same columns in the same order, but UTF-8 and quoted, so that a comma in a LegacyExchangeDN is safe.
 * Exchange 2003's has no GUID.
 */
export function conversionCsv(
  mailboxes: readonly CloudMailbox[],
  flavour: ConversionOptions["flavour"],
): string {
  const columns = ["LegacyExchangeDN", "CloudEmailAddress", "OnPremiseEmailAddress", "MailboxGUID"];
  const rows = mailboxes.map((mailbox) => [
    mailbox.legacyExchangeDn,
    smtpAddress(routingAddress(mailbox) ?? "") ?? "",
    mailbox.primarySmtpAddress,
    mailbox.exchangeGuid,
  ]);
  const width = flavour === "2003" ? 3 : 4;
  return stringify([columns, ...rows].map((row) => row.slice(0, width)));
}
