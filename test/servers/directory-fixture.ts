import { type DirectoryRecord, mailboxDatabase, mailboxUser } from "../../lab/directory/index.js";

export const namingContext = "DC=corp,DC=contoso,DC=com";
export const staffDn = `OU=Staff,${namingContext}`;
export const databaseDn = mailboxDatabase(namingContext).dn;
export const adminDn = `CN=Migration Admin,CN=Users,${namingContext}`;
export const migrationDn = `CN=migadmin,CN=Users,${namingContext}`;
/** Passwords of servers that live as long as a test. */
export const adminPassword = "Adm1n-of-the-lab!";
export const migrationPassword = "M1gration-of-the-lab!";

function user(address: string, more: Partial<Parameters<typeof mailboxUser>[0]> = {}): DirectoryRecord {
  return mailboxUser({ address, parentDn: staffDn, databaseDn, ...more });
}

export const addresses = {
  plain: "pilarp@contoso.com",
  escaped: "jörg.müller@contoso.com",
  protected: "chief@contoso.com",
  unifiedMessaging: "voice@contoso.com",
  stale: "stale@contoso.com",
  shared: "shared@contoso.com",
  contact: "partner@contoso.com",
  raced: "raced@contoso.com",
  restored: "back@contoso.com",
  delegated: "delegated@contoso.com",
  doubled: "doubled@contoso.com",
  moved: "moved@contoso.com",
  elsewhere: "elsewhere@contoso.com",
  halfElsewhere: "half@contoso.com",
};

/** A user whose proxies differ by case only, where the server can hold such a one. */
export const doubledUser = user(addresses.doubled, {
  attributes: { proxyAddresses: [`SMTP:${addresses.doubled}`, "smtp:Doubled@contoso.com"] },
});

/** The users of the contract: one for each thing that can be special about one. */
export const fixture: readonly DirectoryRecord[] = [
  mailboxDatabase(namingContext),
  user(addresses.plain, { aliases: ["pilar@contoso.com", "p.pinilla@contoso.com"] }),
  user(addresses.escaped, { displayName: "Müller, Jörg (Sales*) #1" }),
  user(addresses.protected, { protectedAccount: true }),
  user(addresses.unifiedMessaging, { unifiedMessaging: true }),
  user(addresses.stale),
  user(addresses.raced),
  user(addresses.restored),
  user(addresses.delegated),
  user(addresses.moved, { aliases: [addresses.halfElsewhere] }),
  mailboxUser({
    address: addresses.elsewhere,
    parentDn: `OU=Partners,${namingContext}`,
    databaseDn,
    aliases: [addresses.halfElsewhere],
  }),
  user("one@contoso.com", { aliases: [addresses.shared] }),
  user("two@contoso.com", { aliases: [addresses.shared] }),
  ...Array.from({ length: 12 }, (_, index) => user(`wave${index}@contoso.com`)),
];
