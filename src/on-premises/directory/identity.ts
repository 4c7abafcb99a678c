import { EqualityFilter, type Filter, OrFilter, PresenceFilter } from "ldapts";
import { defined } from "../../base/defined.js";
import { valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry } from "./connection.js";
import { resultCode } from "./failures.js";
import { guidOctets, guidOf } from "./guid.js";

/** What tells one entry from all others: its objectGUID, and its DN where the server gives none (slapd). */
export interface Identity {
  readonly dn: string;
  readonly objectGuid?: string;
}

/** The identity as a key of a map. */
export function keyOf({ objectGuid, dn }: Identity): string {
  return objectGuid?.toLowerCase() ?? dn.toLowerCase();
}

/** The identity of an entry that was read with its objectGUID. */
export function identityOf({ dn, attributes }: DirectoryEntry): Identity {
  const objectGuid = guidOf(valuesOf(attributes, "objectGUID")[0]);
  return { dn, ...defined({ objectGuid }) };
}

/**
 * The name to write an entry by: Active Directory takes the objectGUID for a DN (MS-ADTS 3.1.1.3.1.2.4), so that who was
 * moved in between is written, and never another entry that is at the place now.
 */
export function writeName(directory: Directory, { dn, objectGuid }: Identity): string {
  return directory.activeDirectory && objectGuid !== undefined ? `<GUID=${objectGuid}>` : dn;
}

/** Identities one OR filter asks for. */
const identitiesPerSearch = 150;

/**
 * The entries of identities, wherever in the domain they are now, by `keyOf`; those that are gone are not in it. One
 * without an objectGUID is looked for at its DN.
 */
export async function findByIdentity(
  directory: Directory,
  identities: readonly Identity[],
  attributes: readonly string[],
): Promise<Map<string, DirectoryEntry>> {
  const found = new Map<string, DirectoryEntry>();
  const asked = [...new Set([...attributes, "objectGUID"])];
  const guids = [...new Set(identities.flatMap(({ objectGuid }) => objectGuid?.toLowerCase() ?? []))];
  for (let start = 0; start < guids.length; start += identitiesPerSearch) {
    const filters = guids.slice(start, start + identitiesPerSearch).flatMap((guid) => guidFilter(guid) ?? []);
    const entries = await directory.search({
      base: directory.addressScope,
      scope: "sub",
      filter: new OrFilter({ filters }),
      attributes: asked,
    });
    for (const entry of entries) found.set(keyOf(identityOf(entry)), entry);
  }
  for (const { dn, objectGuid } of identities) {
    if (objectGuid !== undefined || found.has(dn.toLowerCase())) continue;
    const entry = await entryAt(directory, dn, asked);
    if (entry !== undefined) found.set(dn.toLowerCase(), entry);
  }
  return found;
}

/** The entry at a DN; undefined where there is none. */
export async function entryAt(
  directory: Directory,
  dn: string,
  attributes: readonly string[],
): Promise<DirectoryEntry | undefined> {
  const filter = new PresenceFilter({ attribute: "objectClass" });
  const [entry] = await directory
    .search({ base: dn, scope: "base", filter, attributes })
    .catch((error: unknown) => {
      if (resultCode(error) === 32) return [];
      throw error;
    });
  return entry;
}

function guidFilter(guid: string): Filter | undefined {
  const octets = guidOctets(guid);
  return octets && new EqualityFilter({ attribute: "objectGUID", value: octets });
}
