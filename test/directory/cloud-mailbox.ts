import type { Problem } from "../../src/base/problem.js";
import {
  type CloudMailbox,
  type ConversionPlan,
  type DirectoryUser,
  planConversion,
} from "../../src/on-premises/directory/index.js";

/** What a user's mailbox in Exchange Online is, for tests that are not about that. */
const cloudMailbox = (address: string): CloudMailbox => ({
  primarySmtpAddress: address,
  legacyExchangeDn: `/o=ExchangeLabs/cn=${address}`,
  emailAddresses: [`SMTP:${address}`, `smtp:${address.split("@")[0]}@contoso.onmicrosoft.com`],
  exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
});

/** The conversion of a user to it, from Exchange 2007. */
export function conversionTo(address: string, user: DirectoryUser): ConversionPlan | Problem {
  return planConversion(user, cloudMailbox(address), { flavour: "2007", recipientTypeDetails: "128" });
}
