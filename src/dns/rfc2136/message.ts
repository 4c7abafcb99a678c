import { randomInt } from "node:crypto";
import * as packet from "dns-packet";
import { type DnsRecord, rdataOf, typeCodes, wireName } from "../wire.js";

/** Classes of RFC 2136 §2.4 and §2.5: `NONE` and `ANY` are what dns-packet's own encoder cannot write. */
export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;

/** Opcode UPDATE (RFC 2136 §1.3), in place in the flags word. */
export const UPDATE_FLAGS = 5 << 11;

/** Type number of TSIG (RFC 8945 §4.2) and of ANY. */
export const typeNumbers = { ...typeCodes, TSIG: 250, ANY: 255 } as const;

/** One record of a message, its RDATA not interpreted. */
export interface RawRecord {
  /** Lower case, no trailing dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** RDATA without length; names inside are uncompressed. */
  readonly rdata: Buffer;
}

/** A message taken apart as far as UPDATE and TSIG need it. */
export interface RawMessage {
  readonly id: number;
  readonly flags: number;
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | undefined;
  /** Prerequisites of an UPDATE. */
  readonly answers: readonly RawRecord[];
  /** Updates of an UPDATE. */
  readonly authorities: readonly RawRecord[];
  readonly additionals: readonly RawRecord[];
  /** Where the last record of the message begins: a TSIG record is cut off there. */
  readonly lastRecordAt: number;
}

/** A record in wire form. */
export function encodeRecord(record: RawRecord): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type, 0);
  fixed.writeUInt16BE(record.class, 2);
  fixed.writeUInt32BE(record.ttl, 4);
  fixed.writeUInt16BE(record.rdata.length, 8);
  return Buffer.concat([packet.name.encode(record.name), fixed, record.rdata]);
}

/** Types whose RDATA may hold compressed names (RFC 3597 §4). */
const compressible = new Map<number, string>([
  [typeCodes.CNAME, "CNAME"],
  [typeCodes.NS, "NS"],
  [typeCodes.MX, "MX"],
  [typeCodes.SOA, "SOA"],
]);

/**
 * Takes a message apart.
 * @throws RangeError or Error where it is cut off or malformed.
 */
export function decodeMessage(message: Buffer): RawMessage {
  let at = 12;
  const name = () => {
    const value = wireName(packet.name.decode(message, at));
    at += packet.name.decode.bytes;
    return value;
  };
  const count = (index: number) => message.readUInt16BE(4 + 2 * index);
  if (count(0) > 1) throw new RangeError("more than one question");
  let question: RawMessage["question"];
  if (count(0) === 1) {
    question = { name: name(), type: message.readUInt16BE(at), class: message.readUInt16BE(at + 2) };
    at += 4;
  }
  let lastRecordAt = message.length;
  const record = (): RawRecord => {
    lastRecordAt = at;
    const owner = name();
    const [type, klass, ttl] = [
      message.readUInt16BE(at),
      message.readUInt16BE(at + 2),
      message.readUInt32BE(at + 4),
    ];
    const length = message.readUInt16BE(at + 8);
    const start = at + 10;
    if (start + length > message.length) throw new RangeError("a record is cut off");
    at = start + length;
    const codec = length === 0 ? undefined : compressible.get(type);
    const rdata =
      codec === undefined
        ? message.subarray(start, at)
        : packet
            .record(codec)
            .encode(packet.record(codec).decode(message, start - 2))
            .subarray(2);
    return { name: owner, type, class: klass, ttl, rdata };
  };
  const section = (index: number) => Array.from({ length: count(index) }, record);
  const [answers, authorities, additionals] = [section(1), section(2), section(3)];
  return {
    id: message.readUInt16BE(0),
    flags: message.readUInt16BE(2),
    question,
    answers,
    authorities,
    additionals,
    lastRecordAt,
  };
}

/** What must hold for an update to be done (RFC 2136 §2.4). */
export type Prerequisite =
  | { readonly kind: "absent"; readonly name: string; readonly type: keyof typeof typeCodes }
  | { readonly kind: "equals"; readonly records: readonly DnsRecord[] };

/** One step of an update (RFC 2136 §2.5). */
export type UpdateStep =
  | { readonly kind: "delete"; readonly name: string; readonly type: keyof typeof typeCodes }
  /** One value; nothing where it is not there. */
  | { readonly kind: "remove"; readonly record: DnsRecord }
  | { readonly kind: "add"; readonly record: DnsRecord };

const NO_DATA = Buffer.alloc(0);

function prerequisiteRecords(prerequisite: Prerequisite): RawRecord[] {
  if (prerequisite.kind === "absent") {
    const { name, type } = prerequisite;
    return [{ name, type: typeCodes[type], class: classes.NONE, ttl: 0, rdata: NO_DATA }];
  }
  return prerequisite.records.map((record) => ({
    name: record.name,
    type: typeCodes[record.type],
    class: classes.IN,
    ttl: 0,
    rdata: rdataOf(record),
  }));
}

function stepRecord(step: UpdateStep): RawRecord {
  if (step.kind === "delete")
    return { name: step.name, type: typeCodes[step.type], class: classes.ANY, ttl: 0, rdata: NO_DATA };
  const { record } = step;
  return {
    name: record.name,
    type: typeCodes[record.type],
    class: step.kind === "add" ? classes.IN : classes.NONE,
    ttl: step.kind === "add" ? record.ttl : 0,
    rdata: rdataOf(record),
  };
}

/** A whole UPDATE message, unsigned: done by the server as one, or not at all. */
export function encodeUpdate(
  zone: string,
  prerequisites: readonly Prerequisite[],
  steps: readonly UpdateStep[],
): Buffer {
  const conditions = prerequisites.flatMap(prerequisiteRecords);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(randomInt(0x1_0000), 0);
  header.writeUInt16BE(UPDATE_FLAGS, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(conditions.length, 6);
  header.writeUInt16BE(steps.length, 8);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(typeCodes.SOA, 0);
  question.writeUInt16BE(classes.IN, 2);
  return Buffer.concat([
    header,
    packet.name.encode(zone),
    question,
    ...conditions.map(encodeRecord),
    ...steps.map((step) => encodeRecord(stepRecord(step))),
  ]);
}
