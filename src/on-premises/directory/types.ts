import type { Problem } from "../../base/problem.js";

/** Where the on-premises Active Directory is and who reads it: the plan's `directory` section. */
export interface DirectorySettings {
  /** `ldaps://host[:port]` (636), or `ldap://host[:port]` (389), which is upgraded by StartTLS before anything else. */
  readonly url: string;
  /** DN, `user@domain` or `DOMAIN\user` of the account that binds. */
  readonly bindDn: string;
  /** Where the users are. */
  readonly baseDn: string;
  /** Entries a page: 1 to 1000, Active Directory's MaxPageSize. */
  readonly pageSize: number;
}

/** One value of an attribute, as JSON keeps it: text as a string, octets as base64. */
export type AttributeValue = string | { readonly base64: string };

/** An entry's values by attribute name, spelled as in `attributes.ts`; an attribute without values is absent. */
export type AttributeValues = Readonly<Record<string, readonly AttributeValue[]>>;

/** A mail-enabled user of the directory, with every attribute the conversion looks at. */
export interface DirectoryUser {
  /** Primary SMTP address: the upper-case `SMTP:` proxy, else `mail`; lower-cased. */
  readonly address: string;
  readonly dn: string;
  /** Text form of objectGUID; absent where the server has none (slapd). */
  readonly objectGuid?: string;
  /** `adminCount=1`: AdminSDHolder rewrites its permissions hourly, so a delegated write fails. */
  readonly protectedAccount: boolean;
  readonly attributes: AttributeValues;
}

/** What `readUsers` found, by the addresses as they were asked for. */
export interface UsersByAddress {
  readonly users: ReadonlyMap<string, DirectoryUser>;
  /** Addresses no user holds. */
  readonly missing: readonly string[];
  /** Addresses several users hold: never guessed between. */
  readonly ambiguous: readonly { readonly address: string; readonly dns: readonly string[] }[];
}

/** The cloud side of one user, from `Get-Mailbox` in Exchange Online. */
export interface CloudMailbox {
  readonly primarySmtpAddress: string;
  readonly legacyExchangeDn: string;
  /** With their prefixes: `SMTP:`, `smtp:`, `X500:`, `SIP:`. */
  readonly emailAddresses: readonly string[];
  /** `ExchangeGuid`, text form. */
  readonly exchangeGuid: string;
}

/** How on-premises mailboxes are turned into mail users. */
export interface ConversionOptions {
  /** 2007: msExchMailboxGuid becomes the cloud's; 2003: it stays (Microsoft's two scripts). */
  readonly flavour: "2003" | "2007";
  /** msExchRecipientTypeDetails of a converted user: `128` (mail user), or the attribute removed. */
  readonly recipientTypeDetails: "128" | "remove";
}

/** What happens to one attribute: the values that go and those that come. */
export interface AttributeChange {
  readonly attribute: string;
  /** Each is deleted by value, which fails when somebody else changed it meanwhile. */
  readonly removed: readonly AttributeValue[];
  /** A value that is removed as well stays: of several that differ by case only, all go and one comes again. */
  readonly added: readonly AttributeValue[];
}

/** The conversion of one user, as previewed and as applied. JSON-clean, without secrets. */
export interface ConversionPlan {
  readonly dn: string;
  /** The user's objectGUID, which stays when the user is moved; absent where the server has none (slapd). */
  readonly objectGuid?: string;
  readonly address: string;
  /** Sorted by attribute name; empty when `already`. */
  readonly changes: readonly AttributeChange[];
  /** Nothing is left to change. */
  readonly already: boolean;
}

/** How `applyConversions` ended: every address in one of the two. */
export interface ConversionResult {
  readonly converted: readonly string[];
  readonly failed: readonly Problem[];
}
