import { randomBytes } from "node:crypto";
import { onceForEach } from "../../src/base/once-for-each.js";
import { guidOctets } from "../../src/on-premises/directory/guid.js";
import type { AttributeValues } from "../../src/on-premises/directory/index.js";
import { applyChange, type StoredAttribute } from "./changes.js";
import { canonicalDn, firstValue } from "./dn.js";
import { matches, type SearchFilter } from "./filter.js";
import { attributeType, matchKey } from "./schema.js";
import type { RequestedChange, Result } from "./wire.js";

/** One entry as it is loaded and saved: attribute names in any case, octets as base64. */
export interface DirectoryRecord {
  readonly dn: string;
  readonly attributes: AttributeValues;
}

/** One entry of the lab's directory. */
export interface StoredEntry {
  readonly dn: string;
  readonly canonical: string;
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
}

/** Attributes that are looked for by value, with an index each. */
const indexed = ["proxyaddresses", "objectguid", "homemdb"] as const;
type Indexed = (typeof indexed)[number];
const success: Result = { code: 0 };

/** The entries, in the order they were loaded, with indexes. */
export class Entries {
  readonly #entries = new Map<string, StoredEntry>();
  readonly #indexes: Readonly<Record<Indexed, Map<string, Set<string>>>> = {
    proxyaddresses: new Map(),
    objectguid: new Map(),
    homemdb: new Map(),
  };

  constructor(records: readonly DirectoryRecord[]) {
    for (const record of records) this.#put(toEntry(record));
  }

  /** Every entry, as `load` takes it. Identifiers the server gave are in it. */
  records(): DirectoryRecord[] {
    return [...this.#entries.values()].map(toRecord);
  }

  /** The entry at a DN in any spelling, or of an objectGUID: `<GUID=…>` (MS-ADTS 3.1.1.3.1.2.4). */
  get(dn: string): StoredEntry | undefined {
    const guid = /^<GUID=(.+)>$/i.exec(dn)?.[1];
    if (guid === undefined) return this.#entries.get(canonicalDn(dn));
    const [canonical] = this.#indexes.objectguid.get(guidOctets(guid)?.toString("hex") ?? "") ?? [];
    return canonical === undefined ? undefined : this.#entries.get(canonical);
  }

  /** The stored values of an attribute, and the computed ones that need the other entries. */
  values(entry: StoredEntry, attribute: string): readonly Buffer[] {
    const name = attribute.toLowerCase();
    if (name === "distinguishedname") return [Buffer.from(entry.dn)];
    if (name === "homemdbbl")
      return [...(this.#indexes.homemdb.get(entry.canonical) ?? [])].flatMap((dn) => {
        const user = this.#entries.get(dn);
        return user === undefined ? [] : [Buffer.from(user.dn)];
      });
    return entry.attributes.get(name)?.values ?? [];
  }

  /** Entries below (and at) a canonical DN that match; scope 0 base, 1 one level, 2 subtree. */
  find(base: string, scope: number, filter: SearchFilter): StoredEntry[] {
    const inScope = (entry: StoredEntry) => {
      if (entry.canonical === base) return scope !== 1;
      if (scope === 0) return false;
      if (base !== "" && !entry.canonical.endsWith(`,${base}`)) return false;
      return scope === 2 || canonicalParent(entry) === base;
    };
    const candidates = this.#candidates(filter) ?? this.#entries.values();
    return [...candidates].filter(
      (entry) => inScope(entry) && matches(filter, (attribute) => this.values(entry, attribute)),
    );
  }

  /** The entries an equality on an indexed attribute leaves over; undefined: the filter has to see all. */
  #candidates(filter: SearchFilter): Iterable<StoredEntry> | undefined {
    if (filter.kind === "equal") {
      const attribute = indexed.find((name) => name === filter.attribute.toLowerCase());
      if (attribute === undefined) return undefined;
      const dns = this.#indexes[attribute].get(matchKey(attribute, filter.value)) ?? [];
      return [...dns].flatMap((dn) => this.#entries.get(dn) ?? []);
    }
    if (filter.kind === "and")
      return filter.filters.map((part) => this.#candidates(part)).find((part) => part !== undefined);
    if (filter.kind !== "or") return undefined;
    const union = new Set<StoredEntry>();
    for (const part of filter.filters) {
      const list = this.#candidates(part);
      if (list === undefined) return undefined;
      for (const entry of list) union.add(entry);
    }
    return union;
  }

  /**
   * All changes or none (RFC 4511 4.6). With `permissive`, adding what is there and deleting what is not succeeds.
   * Computed attributes and rights are the caller's to refuse.
   */
  modify(dn: string, changes: readonly RequestedChange[], permissive: boolean): Result {
    const entry = this.get(dn);
    if (entry === undefined) return { code: 32, message: "0000208D: NameErr: no such object" };
    const attributes = new Map(entry.attributes);
    for (const change of changes) {
      const refused = applyChange(attributes, change, permissive, (target) => this.get(target) !== undefined);
      if (refused !== undefined) return refused;
    }
    this.#put({ ...entry, attributes });
    return success;
  }

  /** Adds an entry as an administrator does; the containers above it are the caller's. */
  add(record: DirectoryRecord): Result {
    const entry = toEntry(record);
    if (this.#entries.has(entry.canonical))
      return { code: 68, message: "00002071: UpdErr: it is there already" };
    this.#put(entry);
    return success;
  }

  /** Removes an entry that has nothing below it. */
  remove(dn: string): Result {
    const entry = this.get(dn);
    if (entry === undefined) return { code: 32, message: "0000208D: NameErr: no such object" };
    if ([...this.#entries.keys()].some((other) => other.endsWith(`,${entry.canonical}`)))
      return { code: 66, message: "00002015: UpdErr: it has entries below it" };
    this.#index(entry, (set, canonical) => set.delete(canonical));
    this.#entries.delete(entry.canonical);
    return success;
  }

  /** Gives an entry another DN (modifyDN): it stays the same one, by its objectGUID. */
  move(dn: string, to: string): Result {
    const entry = this.get(dn);
    if (entry === undefined) return { code: 32, message: "0000208D: NameErr: no such object" };
    const canonical = canonicalDn(to);
    if (canonical !== entry.canonical && this.#entries.has(canonical))
      return { code: 68, message: "00002071: UpdErr: it is there already" };
    const removed = this.remove(dn);
    if (removed.code !== 0) return removed;
    const attributes = new Map(entry.attributes);
    attributes.set("cn", { name: "cn", values: [Buffer.from(firstValue(to))] });
    this.#put({ dn: to, canonical, attributes });
    return success;
  }

  #put(entry: StoredEntry): void {
    const previous = this.#entries.get(entry.canonical);
    if (previous !== undefined) this.#index(previous, (set, dn) => set.delete(dn));
    this.#entries.set(entry.canonical, entry);
    this.#index(entry, (set, dn) => set.add(dn));
  }

  #index(entry: StoredEntry, edit: (set: Set<string>, dn: string) => void): void {
    for (const attribute of indexed)
      for (const value of entry.attributes.get(attribute)?.values ?? []) {
        const key = matchKey(attribute, value);
        const set = this.#indexes[attribute].get(key) ?? new Set();
        edit(set, entry.canonical);
        this.#indexes[attribute].set(key, set);
      }
  }
}

function canonicalParent(entry: StoredEntry): string {
  // Canonical DNs escape commas inside values, so the first bare comma ends the first part.
  const match = /^(?:\\.|[^,\\])*,/.exec(entry.canonical);
  return match === null ? "" : entry.canonical.slice(match[0].length);
}

function toEntry({ dn, attributes }: DirectoryRecord): StoredEntry {
  const stored = new Map<string, StoredAttribute>();
  for (const [name, values] of Object.entries(attributes))
    if (values.length > 0)
      stored.set(name.toLowerCase(), {
        name: attributeType(name)?.name ?? name,
        values: values.map((value) =>
          typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64"),
        ),
      });
  const canonical = canonicalDn(dn);
  if (!stored.has("objectguid"))
    // An entry that is made anew is another one, as in any directory: what is saved keeps its identifier.
    stored.set("objectguid", { name: "objectGUID", values: [randomBytes(16)] });
  return { dn, canonical, attributes: stored };
}

/** An entry as it is saved: one that changes is another object. */
export const toRecord: (entry: StoredEntry) => DirectoryRecord = onceForEach(recordOf);

function recordOf({ dn, attributes }: StoredEntry): DirectoryRecord {
  return {
    dn,
    attributes: Object.fromEntries(
      [...attributes.values()].map(({ name, values }) => [
        name,
        values.map((value) =>
          attributeType(name)?.syntax === "octets"
            ? { base64: value.toString("base64") }
            : value.toString("utf8"),
        ),
      ]),
    ),
  };
}

/** Whether an entry has a value of an attribute, whatever the case of its name. */
export function hasValue(attributes: AttributeValues, attribute: string): boolean {
  return Object.entries(attributes).some(
    ([name, values]) => name.toLowerCase() === attribute.toLowerCase() && values.length > 0,
  );
}
