import { mapBounded } from "../../base/map-bounded.js";
import { MailstageError, type Problem } from "../../base/problem.js";
import { were } from "../../base/words.js";
import { toModifications, writeProblem } from "./apply.js";
import { convertedAttributes, sameValue, textsOf, toOctets, valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry, Modification } from "./connection.js";
import { difference } from "./conversion.js";
import { connectMailboxCommand } from "./exchange-commands.js";
import { resultCode } from "./failures.js";
import { entryAt, findByIdentity, identityOf, keyOf, writeName } from "./identity.js";
import { addressesTaken, type Chosen, chooseUsers, restoredProxies } from "./restore-choice.js";
import type { SnapshotUser } from "./snapshot.js";
import type { AttributeChange } from "./types.js";

/** What LDAP cannot bring back for one user, and the cmdlet that can. */
export interface ManualStep {
  readonly address: string;
  readonly what: string;
  readonly command: string;
}

/** How a restore ended: every user in one of the first three. */
export interface RestoreResult {
  readonly restored: readonly string[];
  /** Users whose attributes were as in the snapshot already. */
  readonly unchanged: readonly string[];
  readonly failed: readonly Problem[];
  readonly manual: readonly ManualStep[];
  /** What was not done as the snapshot has it although the user was restored, a sentence each. */
  readonly notes: readonly string[];
}

/** Called with those about to be written, before the first of them is. */
export type BeforeRestore = (users: readonly SnapshotUser[]) => Promise<void>;

/**
 * Writes users' attributes back to what the snapshot has, each by itself and in one atomic modify that is refused where a
 * value was changed meanwhile; what the snapshot says was absent is removed. Users are found by their objectGUID, whatever
 * their names and addresses are now. Only attributes that a conversion changes are written. The store mailbox itself does
 * not come back by LDAP: see `manual`.
 * @param addresses whom, by any address they had then or hold now; undefined: everybody in the snapshot
 */
export async function restoreUsers(
  directory: Directory,
  snapshot: readonly SnapshotUser[],
  addresses: readonly string[] | undefined,
  before: BeforeRestore = async () => undefined,
): Promise<RestoreResult> {
  const restored: string[] = [];
  const unchanged: string[] = [];
  const manual: ManualStep[] = [];
  const notes: string[] = [];
  const { chosen, failed: unclear } = await chooseUsers(directory, snapshot, addresses);
  const failed: Problem[] = [...unclear];
  const now = await findByIdentity(
    directory,
    chosen.map(({ former }) => former),
    [...convertedAttributes, "legacyExchangeDN"],
  );
  const taken = await addressesTaken(
    directory,
    chosen.map(({ former }) => former),
  );
  const ready: (Chosen & { entry: DirectoryEntry })[] = [];
  for (const one of chosen) {
    const entry = now.get(keyOf(one.former));
    const problem = entry === undefined ? goneProblem(one) : taken.get(keyOf(one.former));
    if (problem !== undefined) failed.push({ ...problem, subject: one.address });
    else if (entry !== undefined) ready.push({ ...one, entry });
  }
  if (ready.length > 0) await before(ready.map(({ former }) => former));
  await mapBounded(ready, 8, async ({ address, former, entry }) => {
    const { changes, said } = backTo(former, entry);
    try {
      if (changes.length > 0)
        await directory.modify(
          writeName(directory, identityOf(entry)),
          changes.flatMap((change) => writes(change, entry)),
        );
      (changes.length > 0 ? restored : unchanged).push(address);
      notes.push(...said.map((text) => `${address}: ${text}`));
      manual.push(...manualSteps(address, former, entry));
    } catch (error) {
      failed.push(await restoreProblem(directory, { address, former, entry }, error));
    }
  });
  return { restored, unchanged, failed, manual, notes };
}

function backTo(former: SnapshotUser, { attributes: now }: DirectoryEntry) {
  const said: string[] = [];
  const restorable = new Set<string>(convertedAttributes);
  const foreign = Object.keys(former.attributes).filter((name) => !restorable.has(name));
  if (foreign.length > 0)
    said.push(`${foreign.join(", ")} of the snapshot is nothing a conversion changes, and was left as it is`);
  const changes = convertedAttributes.flatMap((attribute) => {
    const values = former.attributes[attribute];
    // An attribute the line does not name was not looked at then.
    if (values === undefined) return [];
    const present = valuesOf(now, attribute);
    if (attribute !== "proxyAddresses") return difference(attribute, present, values) ?? [];
    const { proxies, kept } = restoredProxies(values, present, textsOf(now, "legacyExchangeDN")[0]);
    if (kept.length > 0)
      said.push(`${kept.join(", ")} came in since the snapshot and ${were(kept.length)} kept`);
    return difference(attribute, present, proxies) ?? [];
  });
  return { changes, said };
}

/**
 * Values that differ by case only cannot be added one by one: the list then goes as a whole, after every value that was
 * read was found again.
 */
function writes(change: AttributeChange, { attributes: now }: DirectoryEntry): Modification[] {
  const { attribute, removed, added } = change;
  const folded = new Set(added.map((value) => toOctets(value).toString("latin1").toLowerCase()));
  if (attribute !== "proxyAddresses" || folded.size === added.length) return toModifications(change);
  const present = valuesOf(now, attribute);
  const stay = present.filter((value) => !removed.some((other) => sameValue(attribute, value, other)));
  return [
    ...toModifications({ attribute, removed: present, added: [] }),
    { operation: "replace", attribute, values: [...stay, ...added] },
  ];
}

function goneProblem({ address, former }: Chosen): Problem {
  return {
    code: "restore-no-user",
    subject: address,
    operation: "restore",
    reason: `is in the directory no more: nobody has the objectGUID that ${former.dn} had`,
    hint: "Where the user was deleted and made anew, it is another user: reconnect its mailbox with Connect-Mailbox",
  };
}

/** Why one user could not be restored; what a refused value points at is looked for, as the server says a number only. */
async function restoreProblem(
  directory: Directory,
  { address, former, entry }: Chosen & { entry: DirectoryEntry },
  error: unknown,
): Promise<Problem> {
  const problem = writeProblem(
    { address, dn: entry.dn, operation: `restore ${entry.dn}`, command: "mailstage restore" },
    error,
  );
  if (problem.code === "directory-changed")
    return {
      ...problem,
      reason: "was changed in the directory while it was restored, and is left as it is",
      hint: "Run mailstage restore again",
    };
  if (error instanceof MailstageError || resultCode(error) !== 19)
    return { ...problem, hint: problem.hint ?? "Run mailstage restore again" };
  for (const attribute of ["homeMDB", "homeMTA"])
    for (const dn of textsOf(former.attributes, attribute))
      if ((await entryAt(directory, dn, ["objectClass"]).catch(() => ({}))) === undefined)
        return {
          ...problem,
          code: "restore-no-database",
          reason: `cannot be restored: its ${attribute} ${dn} is in the directory no more, so the mailbox it had is not there either`,
          hint: "Nothing of this user was changed. Give the user a mailbox in another database (Enable-Mailbox or Connect-Mailbox), or leave it a mail user",
        };
  return problem;
}

function manualSteps(address: string, former: SnapshotUser, entry: DirectoryEntry): ManualStep[] {
  const command = connectMailboxCommand(former.attributes, entry);
  if (command === undefined) return [];
  return [
    {
      address,
      what:
        "the mailbox in the store: once Exchange has disconnected it, only Exchange can connect it again, within the " +
        "database's retention (30 days by default); Exchange 2003: Exchange System Manager, Reconnect",
      command,
    },
  ];
}
