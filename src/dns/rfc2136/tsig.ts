import { createHmac, timingSafeEqual } from "node:crypto";
import * as packet from "dns-packet";
import { wireName } from "../wire.js";
import { classes, decodeMessage, encodeRecord, typeNumbers } from "./message.js";

/** MAC algorithms mailstage signs with (RFC 8945 §6; MD5 and SHA-1 are left out on purpose). */
export type TsigAlgorithm = "hmac-sha256" | "hmac-sha384" | "hmac-sha512";

/** A key shared with a DNS server. */
export interface TsigKey {
  /** The key's name as the server knows it. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  /** Base64, as `tsig-keygen` writes it. */
  readonly secret: string;
}

/** TSIG error codes (RFC 8945 §3). */
export const tsigErrors = { BADSIG: 16, BADKEY: 17, BADTIME: 18 } as const;

/** Seconds two clocks may differ (RFC 8945 §10 recommends 300). */
const FUDGE = 300;

/** What is in a TSIG record. */
interface TsigRecord {
  readonly keyName: string;
  readonly algorithm: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

/** How a message's signature was found. */
export type TsigVerdict =
  | { readonly kind: "unsigned" }
  | {
      readonly kind: "bad";
      readonly error: keyof typeof tsigErrors;
      readonly key: TsigKey | undefined;
      readonly record: TsigRecord;
    }
  | { readonly kind: "good"; readonly key: TsigKey; readonly record: TsigRecord };

function time48(seconds: number): Buffer {
  const buffer = Buffer.alloc(6);
  buffer.writeUIntBE(seconds, 0, 6);
  return buffer;
}

function word(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function computeMac(
  key: TsigKey,
  message: Buffer,
  record: Omit<TsigRecord, "mac">,
  requestMac: Buffer | undefined,
): Buffer {
  const variables = Buffer.concat([
    packet.name.encode(record.keyName),
    word(classes.ANY),
    Buffer.alloc(4),
    packet.name.encode(record.algorithm),
    time48(record.time),
    word(record.fudge),
    word(record.error),
    word(record.other.length),
    record.other,
  ]);
  const prior =
    requestMac === undefined ? Buffer.alloc(0) : Buffer.concat([word(requestMac.length), requestMac]);
  return createHmac(key.algorithm.slice("hmac-".length), Buffer.from(key.secret, "base64"))
    .update(Buffer.concat([prior, message, variables]))
    .digest();
}

function append(message: Buffer, record: TsigRecord): Buffer {
  const rdata = Buffer.concat([
    packet.name.encode(record.algorithm),
    time48(record.time),
    word(record.fudge),
    word(record.mac.length),
    record.mac,
    word(record.originalId),
    word(record.error),
    word(record.other.length),
    record.other,
  ]);
  const signed = Buffer.concat([
    message,
    encodeRecord({ name: record.keyName, type: typeNumbers.TSIG, class: classes.ANY, ttl: 0, rdata }),
  ]);
  signed.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return signed;
}

/** A message with a TSIG record, and the MAC a reply is bound to. */
export interface SignedMessage {
  readonly message: Buffer;
  readonly mac: Buffer;
}

/**
 * Signs a message (RFC 8945 §4).
 * @param at the signer's time
 * @param reply for a reply: the MAC of its request, and the error it reports, if any, with its data
 */
export function signMessage(
  message: Buffer,
  key: TsigKey,
  at: Date,
  reply?: { readonly requestMac: Buffer; readonly error?: number; readonly other?: Buffer },
): SignedMessage {
  const unsigned = {
    keyName: wireName(key.name),
    algorithm: key.algorithm,
    time: Math.floor(at.getTime() / 1000),
    fudge: FUDGE,
    originalId: message.readUInt16BE(0),
    error: reply?.error ?? 0,
    other: reply?.other ?? Buffer.alloc(0),
  };
  const mac = computeMac(key, message, unsigned, reply?.requestMac);
  return { message: append(message, { ...unsigned, mac }), mac };
}

/** A reply to a request whose key or MAC was wrong: it names the error and is not signed (RFC 8945 §5.2). */
export function refuseSignature(reply: Buffer, record: TsigRecord, error: keyof typeof tsigErrors): Buffer {
  return append(reply, { ...record, mac: Buffer.alloc(0), error: tsigErrors[error], other: Buffer.alloc(0) });
}

/** The time in a BADTIME reply's data: the server's clock. */
export function serverTime(record: TsigRecord): Date | undefined {
  return record.other.length === 6 ? new Date(record.other.readUIntBE(0, 6) * 1000) : undefined;
}

/** Six octets that tell a client the server's clock (RFC 8945 §5.2.3). */
export function timeData(at: Date): Buffer {
  return time48(Math.floor(at.getTime() / 1000));
}

function readTsig(keyName: string, rdata: Buffer): TsigRecord {
  const algorithm = wireName(packet.name.decode(rdata, 0));
  let at = packet.name.decode.bytes;
  const time = rdata.readUIntBE(at, 6);
  const fudge = rdata.readUInt16BE(at + 6);
  const macLength = rdata.readUInt16BE(at + 8);
  const mac = rdata.subarray(at + 10, at + 10 + macLength);
  at += 10 + macLength;
  const [originalId, error, otherLength] = [
    rdata.readUInt16BE(at),
    rdata.readUInt16BE(at + 2),
    rdata.readUInt16BE(at + 4),
  ];
  if (at + 6 + otherLength !== rdata.length) throw new RangeError("a TSIG record's lengths do not fit");
  return {
    keyName,
    algorithm,
    time,
    fudge,
    mac,
    originalId,
    error,
    other: rdata.subarray(at + 6),
  };
}

/**
 * Checks a message's TSIG record: its key, its MAC, then its time (RFC 8945 §5.2, §5.3). A reply that reports BADKEY or
 * BADSIG carries no MAC and is returned as `bad` with that error.
 * @param at the verifier's time
 * @throws RangeError or Error where the message is malformed.
 */
export function verifyMessage(
  message: Buffer,
  keys: readonly TsigKey[],
  at: Date,
  requestMac?: Buffer,
): TsigVerdict {
  const { additionals, lastRecordAt } = decodeMessage(message);
  const last = additionals.at(-1);
  if (last === undefined || last.type !== typeNumbers.TSIG) return { kind: "unsigned" };
  if (last.class !== classes.ANY || last.ttl !== 0)
    throw new RangeError("a TSIG record has class ANY and TTL 0");
  const record = readTsig(last.name, last.rdata);
  const key = keys.find((one) => wireName(one.name) === record.keyName && one.algorithm === record.algorithm);
  if (record.error === tsigErrors.BADKEY || key === undefined)
    return { kind: "bad", error: "BADKEY", key, record };
  if (record.error === tsigErrors.BADSIG) return { kind: "bad", error: "BADSIG", key, record };
  const signed = Buffer.from(message.subarray(0, lastRecordAt));
  signed.writeUInt16BE(message.readUInt16BE(10) - 1, 10);
  signed.writeUInt16BE(record.originalId, 0);
  const mac = computeMac(key, signed, record, requestMac);
  if (mac.length !== record.mac.length || !timingSafeEqual(mac, record.mac))
    return { kind: "bad", error: "BADSIG", key, record };
  const apart = Math.abs(Math.floor(at.getTime() / 1000) - record.time);
  if (record.error === tsigErrors.BADTIME || apart > record.fudge)
    return { kind: "bad", error: "BADTIME", key, record };
  return { kind: "good", key, record };
}
