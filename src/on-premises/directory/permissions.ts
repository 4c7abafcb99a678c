import { PresenceFilter } from "ldapts";
import { convertedAttributes, textsOf, toOctets, valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry } from "./connection.js";
import { daclOnly } from "./controls.js";
import { isBelow } from "./dn.js";
import { decoded } from "./failures.js";
import { aceFlags, readAce, readableDescriptor, sidText } from "./security-descriptor.js";
import { findByAddress } from "./users.js";

/** One user the bound account may not write as needed. */
export interface DeniedUser {
  readonly address: string;
  readonly dn: string;
  /** `adminCount=1`: grants are wiped hourly by AdminSDHolder, also where the user has left the protected group. */
  readonly protectedAccount: boolean;
  /** What it may not write, sorted. */
  readonly attributes: readonly string[];
}

/** What was found out about rights; an address in neither list has them. */
export interface RightsCheck {
  readonly denied: readonly DeniedUser[];
  /** Addresses held by no user or by several, or all of them where the server computes no rights (not Active Directory). */
  readonly unknown: readonly string[];
}

/** Entries a page where each brings the names of all it may be written by. */
const rightsPerPage = 100;

/**
 * Whether the account this directory is bound as may write the attributes of each user, as Active Directory itself
 * computes it (`allowedAttributesEffective`): inheritance, groups and denies included, nothing is written.
 * @throws ldapts' ResultCodeError
 */
export async function checkWriteAccess(
  directory: Directory,
  addresses: readonly string[],
  attributes: readonly string[],
): Promise<RightsCheck> {
  if (!directory.activeDirectory) return { denied: [], unknown: addresses };
  const asked = new Set(attributes.map((name) => name.toLowerCase()));
  // A user has some 1,500 such names, 50 KB; only those asked for are kept, as each small page comes.
  const keep = ({ dn, attributes: all }: DirectoryEntry): DirectoryEntry => ({
    dn,
    attributes: {
      ...all,
      allowedAttributesEffective: textsOf(all, "allowedAttributesEffective").filter((name) =>
        asked.has(name.toLowerCase()),
      ),
    },
  });
  const found = await findByAddress(
    directory,
    addresses,
    ["adminCount", "allowedAttributesEffective", "proxyAddresses"],
    { keep, pageSize: Math.min(directory.settings.pageSize, rightsPerPage) },
  );
  const denied: DeniedUser[] = [];
  const unknown: string[] = [];
  for (const address of new Set(addresses)) {
    const [entry, ...others] = found.get(address.toLowerCase()) ?? [];
    if (entry === undefined || others.length > 0 || !isBelow(entry.dn, directory.settings.baseDn)) {
      unknown.push(address);
      continue;
    }
    const allowed = new Set(
      textsOf(entry.attributes, "allowedAttributesEffective").map((name) => name.toLowerCase()),
    );
    const missing = attributes.filter((name) => !allowed.has(name.toLowerCase()));
    if (missing.length > 0)
      denied.push({
        address,
        dn: entry.dn,
        protectedAccount: textsOf(entry.attributes, "adminCount")[0] === "1",
        attributes: missing.sort(),
      });
  }
  return { denied, unknown };
}

/**
 * Whether the migration account may write `targetAddress`, which the migration service does for each mailbox it copies
 * (Microsoft's procedure, "Assign permissions"). Bind as that account. FullAccess on mailboxes is an access list in the Exchange store:
 * LDAP shows a copy only, so it is not judged here; Test-MigrationServerAvailability with a test mailbox does.
 */
export async function checkWriteTargetAddress(
  directoryAsMigrationAccount: Directory,
  addresses: readonly string[],
): Promise<RightsCheck> {
  return await checkWriteAccess(directoryAsMigrationAccount, addresses, ["targetAddress"]);
}

/** Whether the bound account may write everything a conversion may change. */
export async function checkConversionRights(
  directory: Directory,
  addresses: readonly string[],
): Promise<RightsCheck> {
  return await checkWriteAccess(directory, addresses, convertedAttributes);
}

/** Receive-As and "all extended rights" (MS-ADTS 5.1.3.2.1). */
const receiveAs = "ab721a56-1e2f-11d0-9819-00aa0040529b";
const controlAccess = 0x100;

/** What the directory says about Receive As on a mailbox database. */
export interface ReceiveAsCheck {
  /** `absent`: no entry for the account or its groups; `unreadable`: the bound account may not read the access list. */
  readonly answer: "allowed" | "denied" | "absent" | "unreadable";
  /** The SID of the deciding entry: the account's own or one of its groups. */
  readonly by?: string;
}

/**
 * Whether an account, itself or by a group, has Receive As on a mailbox database (Microsoft's procedure, "Assign permissions").
 * The first entry of the access list that is about it decides: explicit before inherited, deny before allow.
 * @param databaseDn the database's DN below CN=Configuration: a user's `homeMDB`
 */
export async function checkReceiveAs(
  directory: Directory,
  databaseDn: string,
  accountSid: string,
): Promise<ReceiveAsCheck> {
  const [database] = await directory.search({
    base: databaseDn,
    scope: "base",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: ["nTSecurityDescriptor"],
    controls: [daclOnly()],
  });
  const [octets] = valuesOf(database?.attributes ?? {}, "nTSecurityDescriptor");
  if (octets === undefined) return { answer: "unreadable" };
  const sids = new Set([accountSid, ...(await groupSids(directory, accountSid))]);
  for (const raw of readableDescriptor(databaseDn, toOctets(octets)).dacl?.aces ?? []) {
    const ace = readAce(raw);
    if (ace === undefined || !sids.has(ace.sid)) continue;
    const applies = (ace.flags & aceFlags.inheritOnly) === 0 && (ace.mask & controlAccess) !== 0;
    if (applies && (ace.objectType ?? receiveAs) === receiveAs)
      return { answer: ace.allow ? "allowed" : "denied", by: ace.sid };
  }
  return { answer: "absent" };
}

/** The account's groups, nested ones too (constructed attribute `tokenGroups`), and the two everybody is in. */
async function groupSids(directory: Directory, accountSid: string): Promise<string[]> {
  const [account] = await directory.search({
    base: `<SID=${accountSid}>`,
    scope: "base",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: ["tokenGroups"],
  });
  const groups = valuesOf(account?.attributes ?? {}, "tokenGroups").map((value) =>
    decoded(accountSid, "tokenGroups", () => sidText(toOctets(value))),
  );
  return ["S-1-1-0", "S-1-5-11", ...groups];
}
