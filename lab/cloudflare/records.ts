import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { defined } from "../../src/base/defined.js";
import { fromCloudflare, toCloudflare } from "../../src/dns/hosts/index.js";
import { canonicalName, type RecordSet, type RecordType } from "../../src/dns/index.js";
import type { LabDns } from "../dns/index.js";

/** The types the lab's zone can hold and Cloudflare lets its customers edit. */
export const editableTypes = ["A", "AAAA", "CNAME", "MX", "TXT", "NS"] as const;
/** A type customers edit. */
export type EditableType = (typeof editableTypes)[number];

/** A record as Cloudflare keeps it, by an id of its own. */
export const storedRecordSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.enum(editableTypes),
  content: z.string(),
  /** 1: automatic. */
  ttl: z.number(),
  priority: z.number().optional(),
  proxied: z.boolean(),
  comment: z.string().nullable(),
  tags: z.array(z.string()).default([]),
  /** The settings of a CNAME that are on. */
  settings: z.record(z.string(), z.boolean()).default({}),
  commentModifiedOn: z.string().optional(),
  createdOn: z.string(),
  modifiedOn: z.string(),
});
/** A record as Cloudflare keeps it, by an id of its own. */
export type StoredRecord = z.output<typeof storedRecordSchema>;

/** What a client says of a record; the rest is Cloudflare's own. */
export type RecordFields = Omit<StoredRecord, "id" | "createdOn" | "modifiedOn" | "commentModifiedOn">;

/** What a proxied record answers with: an address of the proxy. */
const proxyAddress = "104.16.0.10";
const automaticTtl = 300;

/** Records with ids over the lab's zone, which other hands may change as well. */
export class CloudflareRecords {
  readonly #dns: LabDns;
  readonly #zone: string;
  readonly #now: () => Date;
  #records: StoredRecord[] = [];

  constructor(dns: LabDns, zone: string, now: () => Date, before: readonly StoredRecord[] = []) {
    this.#dns = dns;
    this.#zone = canonicalName(zone);
    this.#now = now;
    this.#records = before.map((record) => ({ ...record }));
  }

  /** All records, after what was changed in the zone itself has been taken in. */
  list(): readonly StoredRecord[] {
    const sets = this.#sets();
    this.#records = this.#records.filter((record) => {
      const served = this.#served(record);
      return sets.some(
        ({ name, type, values }) =>
          name === record.name && type === served.type && values.includes(served.value),
      );
    });
    for (const { name, type, ttl, values } of sets) {
      const own = this.#records.filter(
        (record) => record.name === name && this.#served(record).type === type,
      );
      // Each record has a TTL of its own, and the set is served with the least; another one was set in the zone itself.
      const edited = own.length > 0 && Math.min(...own.map((record) => this.#served(record).ttl)) !== ttl;
      for (const value of values) {
        const mine = own.find((record) => this.#served(record).value === value);
        if (mine === undefined) this.#records.push(this.#found(name, type, ttl, value));
        else if (edited) mine.ttl = ttl;
      }
    }
    return this.#records;
  }

  find(id: string): StoredRecord | undefined {
    return this.list().find((record) => record.id === id);
  }

  create(record: RecordFields): StoredRecord {
    const at = this.#now().toISOString();
    const stored: StoredRecord = {
      ...record,
      id: randomBytes(16).toString("hex"),
      ...(record.comment === null ? {} : { commentModifiedOn: at }),
      createdOn: at,
      modifiedOn: at,
    };
    this.#records.push(stored);
    this.#publish(stored.name);
    return stored;
  }

  change(stored: StoredRecord, to: RecordFields): StoredRecord {
    const former = stored.name;
    const at = this.#now().toISOString();
    if (to.comment !== stored.comment) stored.commentModifiedOn = at;
    Object.assign(stored, to, { modifiedOn: at });
    this.#publish(former, stored.name);
    return stored;
  }

  remove(stored: StoredRecord): void {
    this.#records = this.#records.filter((record) => record !== stored);
    this.#publish(stored.name);
  }

  #sets(): (RecordSet & { type: EditableType })[] {
    const zone = this.#dns.zones().find(({ name }) => name === this.#zone);
    return (zone?.records ?? []).flatMap((set) => {
      const type = editableTypes.find((own) => own === set.type);
      return type === undefined || (type === "NS" && set.name === this.#zone) ? [] : [{ ...set, type }];
    });
  }

  #served({ type, content, priority, proxied, ttl }: StoredRecord): {
    type: RecordType;
    value: string;
    ttl: number;
  } {
    if (proxied) return { type: "A", value: proxyAddress, ttl: automaticTtl };
    return { type, value: fromCloudflare(type, content, priority), ttl: ttl === 1 ? automaticTtl : ttl };
  }

  #found(name: string, type: EditableType, ttl: number, value: string): StoredRecord {
    const { content, priority } = toCloudflare(type, value);
    const at = this.#now().toISOString();
    const wanted = createHash("md5").update(`${name} ${type} ${value}`).digest("hex");
    const id = this.#records.some((record) => record.id === wanted)
      ? randomBytes(16).toString("hex")
      : wanted;
    return {
      id,
      name,
      type,
      content,
      ttl,
      ...defined({ priority }),
      proxied: false,
      comment: null,
      tags: [],
      settings: {},
      createdOn: at,
      modifiedOn: at,
    };
  }

  /** Writes what the records of some names serve into the zone. */
  #publish(...names: string[]): void {
    for (const name of new Set(names))
      for (const type of editableTypes) {
        if (type === "NS" && name === this.#zone) continue;
        const served = this.#records
          .filter((record) => record.name === name)
          .map((record) => this.#served(record))
          .filter((record) => record.type === type);
        const ttl = Math.min(...served.map((record) => record.ttl), 86_400);
        this.#dns.setRecordSet({ name, type, ttl, values: served.map(({ value }) => value) });
      }
  }
}
