import { mapBounded } from "../concurrency/index.js";
import type { Problem } from "../errors/index.js";
import { writeProblem } from "./apply.js";
import { sameValues, valuesOf } from "./attributes.js";
import type { Directory, Modification } from "./connection.js";
import { guidOf } from "./guid.js";
import type { SnapshotUser } from "./snapshot.js";
import type { ConversionPlan, DirectoryUser } from "./types.js";
import { readUsers } from "./users.js";

/** What LDAP cannot bring back for one user, and the cmdlet that can. */
export interface ManualStep {
  readonly address: string;
  readonly what: string;
  readonly command: string;
}

/** How a restore ended: every address in one of the first three. */
export interface RestoreResult {
  readonly restored: readonly string[];
  /** Users whose attributes were as in the snapshot already. */
  readonly unchanged: readonly string[];
  readonly failed: readonly Problem[];
  readonly manual: readonly ManualStep[];
}

/**
 * Writes the named users' attributes back to what the snapshot has, one atomic modify each; what the snapshot says was
 * absent is removed. The store mailbox itself does not come back by LDAP: see `manual`.
 */
export async function restoreUsers(
  directory: Directory,
  snapshot: readonly SnapshotUser[],
  addresses: readonly string[],
): Promise<RestoreResult> {
  const saved = Map.groupBy(snapshot, (line) => line.address.toLowerCase());
  const restored: string[] = [];
  const unchanged: string[] = [];
  const failed: Problem[] = [];
  const manual: ManualStep[] = [];
  const { users } = await readUsers(directory, addresses);
  await mapBounded(addresses, 8, async (address) => {
    const user = users.get(address);
    const lines = saved.get(address.toLowerCase()) ?? [];
    // The last line of this very user: a rehearsal may have left one of a user of that address in the same file.
    const former = lines.findLast((line) => user !== undefined && sameUser(line, user)) ?? lines.at(-1);
    if (former === undefined || user === undefined || !sameUser(former, user)) {
      failed.push(notRestorable(address, former, user));
      return;
    }
    const modifications = backTo(former, user);
    try {
      if (modifications.length > 0) await directory.modify(user.dn, modifications);
      (modifications.length > 0 ? restored : unchanged).push(address);
      manual.push(...manualSteps(former));
    } catch (error) {
      failed.push(writeProblem({ address, dn: user.dn, operation: `restore ${user.dn}` }, error));
    }
  });
  return { restored, unchanged, failed, manual };
}

function sameUser(former: SnapshotUser, user: DirectoryUser): boolean {
  if (former.objectGuid !== undefined) return former.objectGuid === user.objectGuid;
  return former.dn.toLowerCase() === user.dn.toLowerCase();
}

function backTo(former: SnapshotUser, user: DirectoryUser): Modification[] {
  return Object.entries(former.attributes)
    .filter(([attribute, values]) => !sameValues(attribute, valuesOf(user.attributes, attribute), values))
    .map(([attribute, values]) => ({ operation: "replace", attribute, values }));
}

function notRestorable(
  address: string,
  former: SnapshotUser | undefined,
  user: DirectoryUser | undefined,
): Problem {
  const base = { subject: address, operation: "restore" };
  if (former === undefined)
    return {
      ...base,
      code: "restore-not-in-snapshot",
      reason: "is not in the snapshot",
      hint: "name another file",
    };
  if (user === undefined)
    return {
      ...base,
      code: "restore-no-user",
      reason: "is held by no user of the directory now, or by several",
      hint: `look for ${former.dn}`,
    };
  return {
    ...base,
    code: "restore-other-user",
    reason: `is held by another user now (${user.dn}) than when the snapshot was taken (${former.dn})`,
    hint: "restore that user by hand",
  };
}

function manualSteps(former: SnapshotUser): ManualStep[] {
  const [database] = former.attributes["homeMDB"] ?? [];
  const guid = guidOf(former.attributes["msExchMailboxGuid"]?.[0]);
  if (typeof database !== "string" || guid === undefined) return [];
  const name = databaseName(database);
  return [
    {
      address: former.address,
      what:
        "the mailbox in the store: once Exchange has disconnected it, only Exchange can connect it again, within the " +
        "database's retention (30 days by default); Exchange 2003: Exchange System Manager, Reconnect",
      command: `Connect-Mailbox -Identity ${guid} -Database ${quote(name)} -User ${quote(former.dn)}`,
    },
  ];
}

/**
 * What to run in the Exchange Management Shell after a conversion: attributes removed by LDAP leave the store mailbox
 * "connected" until nightly maintenance or this command. One a database, sorted. Exchange 2003: Run Cleanup Agent.
 */
export function cleanDatabaseCommands(plans: readonly ConversionPlan[]): readonly string[] {
  const names = plans.flatMap(({ changes }) =>
    changes
      .filter(({ attribute }) => attribute === "homeMDB")
      .flatMap(({ removed }) => removed.filter((value) => typeof value === "string").map(databaseName)),
  );
  return [...new Set(names)].sort().map((name) => `Clean-MailboxDatabase -Identity ${quote(name)}`);
}

/** The database's own name: the value of its DN's first part, unescaped. */
function databaseName(dn: string): string {
  const first = /^[^=]+=((?:\\.|[^,\\])*)/.exec(dn)?.[1] ?? dn;
  return first.replace(/\\([0-9a-f]{2}|.)/gi, (_, escaped: string) =>
    escaped.length === 2 ? String.fromCharCode(Number.parseInt(escaped, 16)) : escaped,
  );
}

/** PowerShell's literal string: nothing in it is expanded. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
