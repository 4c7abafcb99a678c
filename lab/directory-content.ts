import { defined } from "../src/base/defined.js";
import { sidOctets } from "../src/on-premises/directory/security-descriptor.js";
import { domainParts } from "./directory/dn.js";
import { type DirectoryRecord, type LabAccount, mailboxDatabase, mailboxUser } from "./directory/index.js";
import { isAccountOf, type MailboxKind, type World } from "./world.js";

/** The migration administrator: an account whose SID access lists can name, and its own entry. */
export interface MigrationAccount {
  readonly account: LabAccount & { readonly sid: string };
  readonly entry: DirectoryRecord;
}

/** An account of the directory that can only read, as reviews use one. */
export function reviewer(world: World): LabAccount {
  return {
    dn: `CN=mailstage-review,CN=Users,${domainParts(world.directory.baseDn)}`,
    password: "Reads-And-Never-Writes-7",
    rights: "reader",
  };
}

const migrationSid = "S-1-5-21-1004336348-1177238915-682003330-1199";

/** The migration administrator as an account of the directory, known by the very name the plan gives it. */
export function migrationAccount(world: World): MigrationAccount {
  const { account: name, password } = world.source;
  const user = name.includes("\\") ? name.slice(name.indexOf("\\") + 1) : name.replace(/@.*/, "");
  // One account for everything has to be able to do everything.
  const one = isAccountOf(name, world.directory.bindDn);
  const dn = one ? world.directory.bindDn : `CN=${user},CN=Users,${domainParts(world.directory.baseDn)}`;
  const rights = one ? "admin" : world.source.rights === "granted" ? "reader" : "migration";
  return {
    account: { dn, password, rights, sid: migrationSid },
    entry: {
      dn,
      attributes: {
        objectClass: ["top", "person", "organizationalPerson", "user"],
        cn: [user],
        sAMAccountName: [user],
        objectSid: [{ base64: sidOctets(migrationSid).toString("base64") }],
        // A domain's short name need not be the first label of its DNS name, so the plan's spelling is a name as well.
        userPrincipalName: [`${user}@${world.domain}`, name],
      },
    },
  };
}

/** The accounts that may sign in to the directory; one account for everything is there once. */
export function directoryAccounts(world: World, migration: MigrationAccount): LabAccount[] {
  const { bindDn, password, rights = "admin" } = world.directory;
  const others = [migration.account, reviewer(world)];
  return isAccountOf(world.source.account, bindDn) ? others : [{ dn: bindDn, password, rights }, ...others];
}

/** The domain's short name as the plan spells it before a backslash. */
export function domainName({ source, directory }: World): { netbiosName?: string } {
  const [netbiosName] = [directory.bindDn, source.account].flatMap(
    (name) => /^([^\\=]+)\\/.exec(name)?.[1] ?? [],
  );
  return netbiosName === undefined ? {} : { netbiosName };
}

/** The database and every mailbox of the world, as they are before the migration. */
export function mailboxEntries(world: World): DirectoryRecord[] {
  const { baseDn, exchange } = world.directory;
  const database = mailboxDatabase(domainParts(baseDn));
  const names = new Set<string>();
  return [
    database,
    ...world.mailboxes.map((mailbox) => {
      const local = mailbox.emailAddress.replace(/@.*/, "");
      const wanted = mailbox.displayName ?? local;
      // Two people of one name cannot share a DN.
      const displayName = names.has(wanted.toLowerCase()) ? mailbox.emailAddress : wanted;
      names.add(displayName.toLowerCase());
      return mailboxUser({
        address: mailbox.emailAddress,
        parentDn: baseDn,
        displayName,
        exchange,
        databaseDn: database.dn,
        unifiedMessaging: mailbox.unifiedMessaging ?? false,
        protectedAccount: mailbox.protectedAccount ?? false,
        ...defined({ aliases: mailbox.aliases }),
        attributes: kindAttributes(mailbox.kind, exchange),
      });
    }),
  ];
}

/** How a mailbox that is no user's own shows it (msExchRecipientTypeDetails); Exchange 2003 has nothing but the disabled account. */
export function kindAttributes(
  kind: MailboxKind | undefined,
  exchange: "2003" | "2007",
): DirectoryRecord["attributes"] {
  if (kind === undefined) return {};
  // The master account of a shared mailbox is SELF, that of a linked one the user of the other forest.
  const master = sidOctets(kind === "linked" ? "S-1-5-21-1-2-3-1105" : "S-1-5-10").toString("base64");
  const details = { shared: "4", room: "16", equipment: "32", linked: "2", system: "8388608" }[kind];
  return {
    userAccountControl: ["514"],
    ...(kind === "system" ? {} : { msExchMasterAccountSid: [{ base64: master }] }),
    ...(exchange === "2007" && { msExchRecipientTypeDetails: [details] }),
  };
}
