import { z } from "zod";
import type { ExchangePort } from "./port.js";
import { optionalDate, optionalText, parseRows, text, texts } from "./schemas.js";

/** What the conversion needs of a cloud mailbox (Get-Mailbox; Microsoft's cmdlet reference, 2026-11). */
export interface MailboxInfo {
  readonly primarySmtpAddress: string;
  /** As Exchange writes them: `SMTP:` primary, `smtp:` others, `X500:`, `SIP:`, … */
  readonly emailAddresses: readonly string[];
  readonly legacyExchangeDN: string;
  readonly exchangeGuid: string;
  readonly whenMailboxCreated: Date | undefined;
  readonly userPrincipalName: string | undefined;
  /** Entra object id. */
  readonly objectId: string | undefined;
  readonly recipientTypeDetails: string | undefined;
}

const select = [
  "PrimarySmtpAddress",
  "EmailAddresses",
  "LegacyExchangeDN",
  "ExchangeGuid",
  "WhenMailboxCreated",
  "UserPrincipalName",
  "ExternalDirectoryObjectId",
  "RecipientTypeDetails",
] as const;

const mailboxRow = z
  .looseObject({
    PrimarySmtpAddress: text,
    EmailAddresses: texts,
    LegacyExchangeDN: text,
    ExchangeGuid: text,
    WhenMailboxCreated: optionalDate,
    UserPrincipalName: optionalText,
    ExternalDirectoryObjectId: optionalText,
    RecipientTypeDetails: optionalText,
  })
  .transform(
    (row): MailboxInfo => ({
      primarySmtpAddress: row.PrimarySmtpAddress,
      emailAddresses: row.EmailAddresses,
      legacyExchangeDN: row.LegacyExchangeDN,
      exchangeGuid: row.ExchangeGuid,
      whenMailboxCreated: row.WhenMailboxCreated,
      userPrincipalName: row.UserPrincipalName,
      objectId: row.ExternalDirectoryObjectId,
      recipientTypeDetails: row.RecipientTypeDetails,
    }),
  );

/** All cloud mailboxes of the tenant, in pages of 1,000 (Get-Mailbox). @throws ExchangeError */
export async function listMailboxes(port: ExchangePort): Promise<MailboxInfo[]> {
  const { rows } = await port.invoke("Get-Mailbox", { ResultSize: "Unlimited" }, { select });
  return parseRows("Get-Mailbox", rows, mailboxRow);
}
