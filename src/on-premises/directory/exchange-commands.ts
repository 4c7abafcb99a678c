import { powerShellWord } from "../../base/platform.js";
import { dnValues } from "./dn.js";
import { guidOf } from "./guid.js";
import type { Identity } from "./identity.js";
import type { AttributeValues, ConversionPlan } from "./types.js";

/**
 * What to run in the Exchange Management Shell after a conversion: attributes removed by LDAP leave the store mailbox
 * "connected" until nightly maintenance or this command. One a database, sorted. Exchange 2003: Run Cleanup Agent.
 */
export function cleanDatabaseCommands(plans: readonly ConversionPlan[]): readonly string[] {
  const databases = plans.flatMap(({ changes }) =>
    changes
      .filter(({ attribute }) => attribute === "homeMDB")
      .flatMap(({ removed }) => removed.filter((value) => typeof value === "string").map(databaseIdentity)),
  );
  return [...new Set(databases)]
    .sort()
    .map((name) => `Clean-MailboxDatabase -Identity ${powerShellWord(name)}`);
}

/** What connects a user with the disconnected mailbox again; undefined where the user had none. */
export function connectMailboxCommand(former: AttributeValues, { dn }: Identity): string | undefined {
  const [database] = former["homeMDB"] ?? [];
  const guid = guidOf(former["msExchMailboxGuid"]?.[0]);
  if (typeof database !== "string" || guid === undefined) return undefined;
  return `Connect-Mailbox -Identity ${guid} -Database ${powerShellWord(databaseIdentity(database))} -User ${powerShellWord(dn)}`;
}

/**
 * A database as Exchange 2007 finds just one by: `Server\Storage group\Database`, since two servers may have databases of one
 * name. Where the DN is not of that shape, or a name would be misread, the DN itself.
 */
function databaseIdentity(dn: string): string {
  const [database, group, store, server] = dnValues(dn);
  if (database === undefined || group === undefined || server === undefined) return dn;
  const names = [server, group, database];
  if (store !== "InformationStore" || names.some((name) => name.includes("\\"))) return dn;
  return names.join("\\");
}
