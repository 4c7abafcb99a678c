import * as packet from "dns-packet";
import type { DnsRecord, RecordType } from "../../src/dns/index.js";
import {
  classes,
  encodeRecord,
  type RawMessage,
  type RawRecord,
  typeNumbers,
} from "../../src/dns/rfc2136/message.js";
import { type rcodeNumber, rdataOf, recordFromAnswer, typeName } from "../../src/dns/wire.js";
import type { LabZone } from "./zone.js";

type Rcode = Parameters<typeof rcodeNumber>[0];

/** A record of an update as the zone stores it; undefined for types the lab does not serve. */
function decodeRecord(raw: RawRecord): DnsRecord | undefined {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(1, 6);
  const [answer] =
    packet.decode(Buffer.concat([header, encodeRecord({ ...raw, class: classes.IN })])).answers ?? [];
  return answer === undefined ? undefined : recordFromAnswer(answer);
}

/** Prerequisites (RFC 2136 §3.2.5). */
function checkPrerequisites(zone: LabZone, prerequisites: readonly RawRecord[]): Rcode {
  const expected = new Map<string, { name: string; type: RecordType; rdata: Set<string> }>();
  for (const raw of prerequisites) {
    if (!zone.contains(raw.name)) return "NOTZONE";
    if (raw.ttl !== 0 || (raw.class !== classes.IN && raw.rdata.length > 0)) return "FORMERR";
    const any = raw.type === typeNumbers.ANY;
    const type = typeName(raw.type);
    const present = any
      ? zone.typesAt(raw.name).length > 0
      : type !== undefined && zone.records(raw.name, type).length > 0;
    if (raw.class === classes.ANY && !present) return any ? "NXDOMAIN" : "NXRRSET";
    if (raw.class === classes.NONE && present) return any ? "YXDOMAIN" : "YXRRSET";
    if (raw.class !== classes.IN) continue;
    if (type === undefined) return any ? "FORMERR" : "NXRRSET";
    const key = `${raw.name} ${type}`;
    const set = expected.get(key) ?? { name: raw.name, type, rdata: new Set() };
    expected.set(key, set);
    const record = decodeRecord(raw);
    if (record !== undefined) set.rdata.add(rdataOf(record).toString("hex"));
  }
  for (const { name, type, rdata } of expected.values()) {
    const held = zone.records(name, type).map((record) => rdataOf(record).toString("hex"));
    if (held.length !== rdata.size || !held.every((value) => rdata.has(value))) return "NXRRSET";
  }
  return "NOERROR";
}

/** The update section before anything is done (RFC 2136 §3.4.1), and what the key may change. */
function checkUpdates(zone: LabZone, updates: readonly RawRecord[], allowed: readonly RecordType[]): Rcode {
  for (const raw of updates) {
    if (!zone.contains(raw.name)) return "NOTZONE";
    const deletion = raw.class === classes.ANY;
    if (raw.class !== classes.IN && raw.ttl !== 0) return "FORMERR";
    if (deletion ? raw.rdata.length > 0 : raw.rdata.length === 0 || raw.type === typeNumbers.ANY)
      return "FORMERR";
  }
  const permitted = ({ name, type: code }: RawRecord) => {
    const types = code === typeNumbers.ANY ? zone.typesAt(name) : [typeName(code)];
    return types.every((type) => type !== undefined && type !== "SOA" && allowed.includes(type));
  };
  return updates.every(permitted) ? "NOERROR" : "REFUSED";
}

function applyOne(zone: LabZone, raw: RawRecord): void {
  const type = typeName(raw.type);
  if (raw.class === classes.ANY) {
    for (const one of type === undefined ? zone.typesAt(raw.name) : [type]) zone.removeSet(raw.name, one);
    return;
  }
  const record = decodeRecord(raw);
  if (record === undefined) return;
  if (raw.class === classes.NONE) zone.remove(record);
  else zone.add(record);
}

/** Carries out an UPDATE, all or nothing; the response code by name. */
export function updateZone(zone: LabZone, message: RawMessage, allowed: readonly RecordType[]): Rcode {
  const prerequisites = checkPrerequisites(zone, message.answers);
  if (prerequisites !== "NOERROR") return prerequisites;
  const updates = checkUpdates(zone, message.authorities, allowed);
  if (updates !== "NOERROR") return updates;
  zone.transact(() => {
    for (const raw of message.authorities) applyOne(zone, raw);
  });
  return "NOERROR";
}
