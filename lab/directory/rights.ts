import { targetAddressGuid, userClassGuid } from "../../src/on-premises/directory/grants.js";
import {
  aceFlags,
  parseDescriptor,
  readAce,
  serializeDescriptor,
  sidOctets,
} from "../../src/on-premises/directory/security-descriptor.js";
import { parentDn } from "./dn.js";
import type { Entries, StoredEntry } from "./entries.js";
import { writableNames } from "./schema.js";

/** An account that may bind. */
export interface LabAccount {
  readonly dn: string;
  readonly password: string;
  /**
   * admin: writes everything; delegate: everything of every user that is not protected, as a plain account that was granted
   * it on their unit; migration: `targetAddress` of those; reader: only what access lists grant it, which is what the
   * directory's own permissions are tried with.
   */
  readonly rights: "admin" | "delegate" | "migration" | "reader";
  /** @default one made up from its place in the list */
  readonly sid?: string;
}

/** An account with its SID settled. */
export interface BoundAccount extends LabAccount {
  readonly sid: string;
}

/** An access list without entries: what an object has that was given none. */
export const emptyDescriptor = serializeDescriptor({
  control: 0x8004,
  resourceManager: 0,
  owner: sidOctets("S-1-5-32-544"),
  group: sidOctets("S-1-5-32-544"),
  dacl: { revision: 4, aces: [] },
});

function isUser(entries: Entries, entry: StoredEntry): boolean {
  return entries.values(entry, "objectClass").some((name) => name.toString().toLowerCase() === "user");
}

function isProtected(entries: Entries, entry: StoredEntry): boolean {
  return entries.values(entry, "adminCount")[0]?.toString() === "1";
}

/** The attributes an account may write on an entry: the computed attribute `allowedAttributesEffective`. */
export function writableAttributes(
  entries: Entries,
  entry: StoredEntry,
  account: BoundAccount,
): readonly string[] {
  if (account.rights === "admin") return writableNames;
  if (!isUser(entries, entry) || isProtected(entries, entry)) return [];
  if (account.rights === "delegate") return writableNames;
  if (account.rights === "migration" || grantedTargetAddress(entries, entry, account.sid))
    return ["targetAddress"];
  return [];
}

/** Whether an access list on the entry or above it lets the account write targetAddress here. */
function grantedTargetAddress(entries: Entries, entry: StoredEntry, sid: string): boolean {
  for (let dn = entry.canonical, depth = 0; dn !== ""; dn = parentDn(dn), depth += 1) {
    const holder = entries.get(dn);
    const [octets] = holder === undefined ? [] : entries.values(holder, "nTSecurityDescriptor");
    if (octets === undefined) continue;
    const granted = (parseDescriptor(octets).dacl?.aces ?? []).some((raw) => {
      const ace = readAce(raw);
      if (ace === undefined || !ace.allow || ace.sid !== sid || (ace.mask & 0x20) === 0) return false;
      const inherited = (ace.flags & aceFlags.containerInherit) !== 0;
      const reaches =
        depth === 0
          ? (ace.flags & aceFlags.inheritOnly) === 0
          : inherited && (depth === 1 || (ace.flags & aceFlags.noPropagate) === 0);
      return (
        reaches &&
        (ace.objectType ?? targetAddressGuid) === targetAddressGuid &&
        (ace.inheritedObjectType ?? userClassGuid) === userClassGuid
      );
    });
    if (granted) return true;
  }
  return false;
}
