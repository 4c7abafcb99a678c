import { createHash } from "node:crypto";
import {
  serializeDescriptor,
  sidOctets,
  writeAce,
} from "../../src/on-premises/directory/security-descriptor.js";
import type { DirectoryRecord } from "./entries.js";

/** What a mailbox user of the lab is made from. */
export interface MailboxUserOptions {
  /** Primary SMTP address; alias and, without a name, the common name come from it. */
  readonly address: string;
  /** Where the user is: an OU's DN. */
  readonly parentDn: string;
  readonly displayName?: string;
  /** @default "2007" */
  readonly exchange?: "2003" | "2007";
  /** Further addresses, without a prefix. */
  readonly aliases?: readonly string[];
  /** DN of the mailbox database; it must be an entry of the directory (`mailboxDatabase`). */
  readonly databaseDn: string;
  /** `adminCount=1`. @default false */
  readonly protectedAccount?: boolean;
  /** Unified Messaging on, with an extension. @default false */
  readonly unifiedMessaging?: boolean;
  /** Attributes in place of, or beside, those made up; an empty list removes one. */
  readonly attributes?: DirectoryRecord["attributes"];
}

function stableOctets(...words: readonly string[]): { base64: string } {
  return {
    base64: createHash("sha256").update(words.join("\u0000")).digest().subarray(0, 16).toString("base64"),
  };
}

/** The value of a DN's part, escaped (RFC 4514 2.4). */
export function escapeDnValue(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, (special) => `\\${special}`)
    .replace(/^[ #]|[ ]$/g, (edge) => `\\${edge}`);
}

/** The access list of a mailbox nobody shares: its user may open it (MS-DTYP SELF, full mailbox access). */
const ownMailbox = serializeDescriptor({
  control: 0x8004,
  resourceManager: 0,
  owner: sidOctets("S-1-5-10"),
  group: sidOctets("S-1-5-10"),
  dacl: { revision: 2, aces: [writeAce({ allow: true, flags: 0, mask: 0x20001, sid: "S-1-5-10" })] },
});

/** A user as Exchange 2007 (or 2003) leaves one with a mailbox: the attributes that Microsoft's conversion scripts read, plausible values. */
export function mailboxUser(options: MailboxUserOptions): DirectoryRecord {
  const { address, parentDn, databaseDn, exchange = "2007" } = options;
  const [alias = address, domain = ""] = address.split("@");
  const name = options.displayName ?? alias;
  // Database, storage group and information store lie below the server.
  const serverDn = databaseDn.replace(/^(?:(?:\\.|[^,\\])*,){3}/, "");
  const adminGroup =
    exchange === "2007" ? "Exchange Administrative Group (FYDIBOHF23SPDLT)" : "First Administrative Group";
  const organization = `/o=First Organization/ou=${adminGroup}`;
  const made: DirectoryRecord["attributes"] = {
    objectClass: ["top", "person", "organizationalPerson", "user"],
    cn: [name],
    displayName: [name],
    sAMAccountName: [alias.slice(0, 20)],
    userPrincipalName: [address],
    mail: [address],
    mailNickname: [alias],
    proxyAddresses: [
      `SMTP:${address}`,
      ...(options.aliases ?? []).map((other) => `smtp:${other}`),
      `X400:c=US;a= ;p=First Organizati;o=Exchange;s=${alias};`,
      ...(options.unifiedMessaging === true
        ? [`EUM:${extension(alias)};phone-context=Dialplan.${domain}`]
        : []),
    ],
    legacyExchangeDN: [`${organization}/cn=Recipients/cn=${alias}`],
    homeMDB: [databaseDn],
    homeMTA: [`CN=Microsoft MTA,${serverDn}`],
    mDBUseDefaults: ["TRUE"],
    msExchHomeServerName: [`${organization}/cn=Configuration/cn=Servers/cn=EX01`],
    msExchMailboxGuid: [stableOctets("mailbox", address)],
    msExchMailboxSecurityDescriptor: [{ base64: ownMailbox.toString("base64") }],
    msExchPoliciesIncluded: ["{8D5E7C1A-2B3F-4C60-9A71-3F5B1D0E9C24},{26491CFC-9E50-4857-861B-0CB8DF22B5D7}"],
    msExchUserAccountControl: ["0"],
    userAccountControl: ["512"],
    ...(exchange === "2007" && {
      msExchUserCulture: ["en-US"],
      msExchRecipientTypeDetails: ["1"],
      msExchRecipientDisplayType: ["1073741824"],
    }),
    ...(options.protectedAccount === true && { adminCount: ["1"] }),
    ...(options.unifiedMessaging === true && {
      msExchUMEnabledFlags: ["831"],
      msExchUMTemplateLink: [`CN=Default Policy,CN=UM Mailbox Policies,${serverDn}`],
      msExchUMPinChecksum: [stableOctets("pin", address)],
    }),
  };
  const attributes = Object.fromEntries(
    Object.entries({ ...made, ...options.attributes }).filter(([, values]) => values.length > 0),
  );
  return { dn: `CN=${escapeDnValue(name)},${parentDn}`, attributes };
}

function extension(alias: string): string {
  return String(1000 + (createHash("sha256").update(alias).digest().readUInt32BE(0) % 9000));
}

/** The entry of a mailbox database, and the DN users name as their `homeMDB`. */
export function mailboxDatabase(namingContext: string, name = "Mailbox Database"): DirectoryRecord {
  return {
    dn:
      `CN=${escapeDnValue(name)},CN=First Storage Group,CN=InformationStore,CN=EX01,CN=Servers,` +
      `CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=First Organization,` +
      `CN=Microsoft Exchange,CN=Services,CN=Configuration,${namingContext}`,
    attributes: { objectClass: ["top", "msExchMDB", "msExchPrivateMDB"], cn: [name] },
  };
}
