import { isUtf8 } from "node:buffer";
import * as packet from "dns-packet";
import { canonicalValue, parseMx, type RecordType, recordTypes } from "./record-set.js";

/** The parts of dns-packet that its type definitions leave out. */
declare module "dns-packet" {
  /** Domain names in wire form; `decode.bytes` is the length the last call consumed. */
  const name: {
    encode(name: string): Buffer;
    decode: { (message: Buffer, offset: number): string; bytes: number };
  };
  /** RDATA of one type, preceded by its length in two octets. */
  function record(type: string): {
    encode(data: unknown): Buffer;
    decode(message: Buffer, offset: number): unknown;
  };
}

/** One record as it came from a server. */
export interface DnsRecord {
  /** Owner name, lower case, no trailing dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Seconds: the zone's own from an authoritative server, what is left of it from a resolver. */
  readonly ttl: number;
  /** Canonical text value, see `canonicalValue`. */
  readonly value: string;
  /** The strings of a TXT record as they were sent: RFC 2136 prerequisites compare these, not the joined text. */
  readonly chunks?: readonly Buffer[];
}

/** Type numbers (IANA). */
export const typeCodes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
} as const satisfies Record<RecordType, number>;

const rcodes = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSET",
  "NOTAUTH",
  "NOTZONE",
] as const;

/** Name of a response code (RFC 1035 §4.1.1, RFC 2136 §2.2), `RCODE11` and the like for unassigned ones. */
export function rcodeName(flags: number): string {
  return rcodes[flags & 0x0f] ?? `RCODE${flags & 0x0f}`;
}

/** Number of a response code. */
export function rcodeNumber(name: (typeof rcodes)[number]): number {
  return rcodes.indexOf(name);
}

/** A type's name, if mailstage knows it. */
export function typeName(code: number): RecordType | undefined {
  return recordTypes.find((type) => typeCodes[type] === code);
}

/** A name from the wire: lower case, no trailing dot, nothing refused. */
export function wireName(name: string): string {
  return name.toLowerCase().replace(/(?<=.)\.$/, "");
}

/** TXT strings of at most 255 octets each, cut between UTF-8 characters nowhere in particular: receivers join them as octets. */
export function txtChunks(text: string): Buffer[] {
  const octets = Buffer.from(text, "utf8");
  const chunks: Buffer[] = [];
  for (let start = 0; start < octets.length; start += 255) chunks.push(octets.subarray(start, start + 255));
  return chunks.length === 0 ? [Buffer.alloc(0)] : chunks;
}

/** The text of a TXT record; octets that are no UTF-8 are read as Latin-1, so that nothing is lost. */
export function txtText(chunks: readonly Buffer[]): string {
  const octets = Buffer.concat(chunks);
  return octets.toString(isUtf8(octets) ? "utf8" : "latin1");
}

/** A decoded answer as a record; undefined for types mailstage does not know. */
export function recordFromAnswer(answer: packet.Answer): DnsRecord | undefined {
  if (answer.type === "OPT") return undefined;
  const base = { name: wireName(answer.name), ttl: answer.ttl ?? 0 };
  switch (answer.type) {
    case "MX":
      return {
        ...base,
        type: "MX",
        value: `${answer.data.preference ?? 0} ${wireName(answer.data.exchange)}`,
      };
    case "TXT": {
      const parts = Array.isArray(answer.data) ? answer.data : [answer.data];
      const chunks = parts.map((part) => Buffer.from(part));
      return { ...base, type: "TXT", value: txtText(chunks), chunks };
    }
    case "A":
    case "CNAME":
    case "NS":
      return { ...base, type: answer.type, value: wireName(answer.data) };
    case "AAAA":
      return { ...base, type: "AAAA", value: canonicalValue("AAAA", answer.data) };
    case "SOA": {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data;
      const value = [wireName(mname), wireName(rname), serial, refresh, retry, expire, minimum].join(" ");
      return { ...base, type: "SOA", value };
    }
    default:
      return undefined;
  }
}

/** A record as dns-packet encodes it. */
export function answerFromRecord(record: DnsRecord): packet.Answer {
  const { name, type, ttl, value } = record;
  switch (type) {
    case "MX":
      return { name, type, ttl, data: parseMx(value) };
    case "TXT":
      return { name, type, ttl, data: [...(record.chunks ?? txtChunks(value))] };
    case "SOA": {
      const [mname = ".", rname = ".", serial, refresh, retry, expire, minimum] = value.split(" ");
      const [a, b, c, d, e] = [serial, refresh, retry, expire, minimum].map(Number);
      return {
        name,
        type,
        ttl,
        data: { mname, rname, serial: a, refresh: b, retry: c, expire: d, minimum: e },
      };
    }
    default:
      return { name, type, ttl, data: value };
  }
}

/** RDATA of a record without its length, names uncompressed. */
export function rdataOf(record: DnsRecord): Buffer {
  const answer = answerFromRecord(record);
  return packet
    .record(record.type)
    .encode("data" in answer ? answer.data : undefined)
    .subarray(2);
}
