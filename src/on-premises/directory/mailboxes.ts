import { OrFilter, PresenceFilter } from "ldapts";
import { textsOf, toOctets, valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry } from "./connection.js";
import { isBelow } from "./dn.js";
import { type Identity, identityOf } from "./identity.js";
import { sidText } from "./security-descriptor.js";
import { smtpAddress, toUser } from "./users.js";

/** What a mailbox is for. `system`: Exchange's own, such as SystemMailbox, arbitration, discovery and health mailboxes. */
export type MailboxKind = "user" | "shared" | "room" | "equipment" | "linked" | "system";

/** A mailbox on premises. */
export interface DirectoryMailbox extends Identity {
  readonly kind: MailboxKind;
  /** Primary SMTP address, lower-cased; empty where it has none. */
  readonly primary: string;
  /** Every SMTP address, lower-cased. */
  readonly addresses: readonly string[];
  /** Whether it is where the plan has its users: below `directory.baseDn`. */
  readonly inScope: boolean;
}

const attributes = [
  "cn",
  "mail",
  "msExchMasterAccountSid",
  "msExchRecipientTypeDetails",
  "objectClass",
  "objectGUID",
  "proxyAddresses",
] as const;

/**
 * Every mailbox of the on-premises domain, in one paged search: whoever has a mailbox database or a mailbox server, wherever in
 * the domain, and whether or not a list names it. @throws MailstageError directory-search
 */
export async function listMailboxes(directory: Directory): Promise<DirectoryMailbox[]> {
  const entries = await directory.search({
    base: directory.addressScope,
    scope: "sub",
    filter: new OrFilter({
      filters: ["homeMDB", "msExchHomeServerName"].map((attribute) => new PresenceFilter({ attribute })),
    }),
    attributes: [...attributes],
  });
  return entries.map((entry) => ({
    ...identityOf(entry),
    kind: mailboxKind(entry),
    primary: toUser(entry).address,
    addresses: addressesOf(entry),
    inScope: isBelow(entry.dn, directory.settings.baseDn),
  }));
}

function addressesOf({ attributes: values }: DirectoryEntry): string[] {
  const proxies = textsOf(values, "proxyAddresses").flatMap((proxy) => smtpAddress(proxy) ?? []);
  return [...new Set([...proxies, ...textsOf(values, "mail").map((address) => address.toLowerCase())])];
}

/** By msExchRecipientTypeDetails, which Exchange 2007 sets; all that are not here are users' or Exchange's own. */
const kinds: Readonly<Record<string, MailboxKind>> = {
  "1": "user",
  "2": "linked",
  "4": "shared",
  "8": "user",
  "16": "room",
  "32": "equipment",
};

const systemNames =
  /^(SystemMailbox\{|SystemAttendant|DiscoverySearchMailbox|FederatedEmail\.|Migration\.|HealthMailbox|extest_|SMTP \()/i;

/** Says what a mailbox is for. Exchange 2003 has no types: there a master account tells a shared or linked one (SELF: shared). */
function mailboxKind({ attributes: values }: DirectoryEntry): MailboxKind {
  const classes = textsOf(values, "objectClass").map((name) => name.toLowerCase());
  const [name = ""] = textsOf(values, "cn");
  if (systemNames.test(name) || classes.includes("msexchsystemmailbox")) return "system";
  const [details] = textsOf(values, "msExchRecipientTypeDetails");
  if (details !== undefined) return kinds[details] ?? "system";
  const [master] = valuesOf(values, "msExchMasterAccountSid");
  if (master === undefined) return "user";
  return sidText(toOctets(master)) === selfSid ? "shared" : "linked";
}

/** NT AUTHORITY\SELF: the master account of a mailbox whose own account is disabled and that others use. */
const selfSid = "S-1-5-10";
