import {
  canonicalName,
  type DnsRecord,
  type RecordSet,
  type RecordType,
  recordSet,
} from "../../src/dns/index.js";
import { rdataOf, txtChunks } from "../../src/dns/wire.js";

/** An SRV record of a zone (RFC 2782). */
export interface Service {
  readonly name: string;
  readonly ttl: number;
  /** Priority, weight, port and target: `0 0 443 mail.contoso.com`. */
  readonly value: string;
}

/** A zone as it is loaded and saved: plain JSON. */
export interface Zone {
  readonly name: string;
  /** Name of the primary server. @default ns1.<zone> */
  readonly primary?: string;
  /** Grows by one with every change. @default 1 */
  readonly serial?: number;
  /** How long an answer "there is none" may be cached, seconds. @default 300 */
  readonly negativeTtl?: number;
  /** All record sets but the SOA; the NS set may be left out. */
  readonly records: readonly RecordSet[];
  /** SRV records: served, and changed by nobody. @default none */
  readonly services?: readonly Service[];
}

/** A record set with its records as they go over the wire. */
interface StoredSet {
  readonly name: string;
  readonly type: RecordType;
  ttl: number;
  records: DnsRecord[];
}

/** What a zone knows about a question. */
export interface Lookup {
  readonly rcode: "NOERROR" | "NXDOMAIN";
  readonly answers: readonly DnsRecord[];
}

const key = (name: string, type: RecordType) => `${name} ${type}`;
const sameData = (left: DnsRecord, right: DnsRecord) => rdataOf(left).equals(rdataOf(right));

/** One zone in memory, with BIND's rules about TTLs and CNAMEs. */
export class LabZone {
  readonly name: string;
  readonly #primary: string;
  readonly #negativeTtl: number;
  #serial: number;
  #sets = new Map<string, StoredSet>();
  readonly #services: readonly Service[];

  constructor(zone: Zone) {
    this.name = canonicalName(zone.name);
    this.#primary = canonicalName(zone.primary ?? `ns1.${this.name}`);
    this.#serial = zone.serial ?? 1;
    this.#negativeTtl = zone.negativeTtl ?? 300;
    this.put({ name: this.name, type: "NS", ttl: 86_400, values: [this.#primary] });
    for (const set of zone.records) this.put(set);
    this.#services = (zone.services ?? []).map((one) => ({ ...one, name: canonicalName(one.name) }));
  }

  /** Whether a name is in the zone. */
  contains(name: string): boolean {
    return name === this.name || name.endsWith(`.${this.name}`);
  }

  /** The zone's SOA; in a negative answer its TTL is how long to remember that there is nothing (RFC 2308 §3). */
  soa(negative = false): DnsRecord {
    const value = `${this.#primary} hostmaster.${this.name} ${this.#serial} 3600 900 1209600 ${this.#negativeTtl}`;
    return { name: this.name, type: "SOA", ttl: negative ? Math.min(3600, this.#negativeTtl) : 3600, value };
  }

  /** The records of a set; none where there is no such set. */
  records(name: string, type: RecordType): readonly DnsRecord[] {
    if (type === "SOA") return name === this.name ? [this.soa()] : [];
    const set = this.#sets.get(key(name, type));
    return set === undefined ? [] : set.records.map((record) => ({ ...record, ttl: set.ttl }));
  }

  /** Types present at a name. */
  typesAt(name: string): RecordType[] {
    const stored = [...this.#sets.values()].filter((set) => set.name === name).map((set) => set.type);
    return name === this.name ? [...stored, "SOA"] : stored;
  }

  #exists(name: string): boolean {
    const sets = [...this.#sets.values(), ...this.#services];
    return name === this.name || sets.some((set) => set.name === name || set.name.endsWith(`.${name}`));
  }

  /** The wildcard that answers for a name that does not exist: that of its closest ancestor which does (RFC 4592 §3.3.1). */
  #wildcardFor(name: string): string | undefined {
    const parent = name.slice(name.indexOf(".") + 1);
    if (!this.#exists(parent)) return this.contains(parent) ? this.#wildcardFor(parent) : undefined;
    return name !== `*.${parent}` && this.#exists(`*.${parent}`) ? `*.${parent}` : undefined;
  }

  /** SRV records at a name, a wildcard's included. */
  services(name: string): readonly Service[] {
    const found = this.#services.filter((one) => one.name === name);
    const wildcard = this.#exists(name) ? undefined : this.#wildcardFor(name);
    return wildcard === undefined ? found : this.services(wildcard).map((one) => ({ ...one, name }));
  }

  /** Answers a question, following CNAMEs inside the zone; one that leads in a circle is followed once. */
  lookup(name: string, type: RecordType | undefined, met: readonly string[] = []): Lookup {
    const found = type === undefined ? [] : this.records(name, type);
    const [alias] = type === "CNAME" ? [] : this.records(name, "CNAME");
    if (found.length > 0 || alias === undefined) {
      if (this.#exists(name)) return { rcode: "NOERROR", answers: found };
      const wildcard = this.#wildcardFor(name);
      if (wildcard === undefined) return { rcode: "NXDOMAIN", answers: [] };
      const { rcode, answers } = this.lookup(wildcard, type, met);
      return { rcode, answers: answers.map((one) => (one.name === wildcard ? { ...one, name } : one)) };
    }
    const target = alias.value;
    const follows = type !== undefined && this.contains(target) && !met.includes(target);
    const next = follows ? this.lookup(target, type, [...met, target]) : undefined;
    return { rcode: next?.rcode ?? "NOERROR", answers: [alias, ...(next?.answers ?? [])] };
  }

  /** Puts a record set in place of what was there, as an administrator would; no value removes it. */
  put(set: RecordSet): void {
    const name = canonicalName(set.name);
    if (set.values.length === 0) this.removeSet(name, set.type);
    else if (set.type !== "SOA") {
      const { ttl, type, values } = recordSet(set);
      const records = values.map((value) => ({
        name,
        type,
        ttl,
        value,
        ...(type === "TXT" ? { chunks: txtChunks(value) } : {}),
      }));
      this.#sets.set(key(name, type), { name, type, ttl, records });
    }
  }

  /** Adds one record (RFC 2136 §3.4.2.2); its TTL becomes the whole set's. A CNAME beside other data is ignored, as BIND does. */
  add(record: DnsRecord): void {
    const others = this.typesAt(record.name).filter((type) => type !== record.type);
    if (record.type === "CNAME" ? others.length > 0 : others.includes("CNAME")) return;
    const stored = this.#sets.get(key(record.name, record.type));
    if (stored === undefined || record.type === "CNAME") {
      const { name, type, ttl } = record;
      this.#sets.set(key(name, type), { name, type, ttl, records: [record] });
      return;
    }
    if (!stored.records.some((present) => sameData(present, record))) stored.records.push(record);
    stored.ttl = record.ttl;
  }

  /** Removes one record (RFC 2136 §3.4.2.4); the apex keeps its last NS. */
  remove(record: DnsRecord): void {
    const stored = this.#sets.get(key(record.name, record.type));
    if (stored === undefined) return;
    const left = stored.records.filter((present) => !sameData(present, record));
    if (left.length > 0) stored.records = left;
    else this.removeSet(record.name, record.type);
  }

  /** Removes a record set (RFC 2136 §3.4.2.3); the apex keeps its NS set. */
  removeSet(name: string, type: RecordType): void {
    if (name !== this.name || type !== "NS") this.#sets.delete(key(name, type));
  }

  /** Does several changes as one; the serial grows where they changed anything. */
  transact(act: () => void): void {
    const before = JSON.stringify(this.snapshot());
    act();
    if (JSON.stringify(this.snapshot()) !== before) this.#serial = (this.#serial + 1) >>> 0;
  }

  /** The zone as plain JSON, sorted. */
  snapshot(): Required<Zone> {
    const records = [...this.#sets.values()]
      .map(({ name, type, ttl, records: [...stored] }) =>
        recordSet({ name, type, ttl, values: stored.map((record) => record.value) }),
      )
      .sort((left, right) => (key(left.name, left.type) < key(right.name, right.type) ? -1 : 1));
    return {
      name: this.name,
      primary: this.#primary,
      serial: this.#serial,
      negativeTtl: this.#negativeTtl,
      records,
      services: this.#services,
    };
  }
}
