import { Ber, BerReader, BerWriter } from "ldapts";
import { decodeFilter, type SearchFilter } from "./filter.js";

// ldapts brings the BER reader and writer; its message classes are a client's (requests are only written, responses
// only read, string filters lose octets), so the server's half of RFC 4511 is here.

/** A control of a request. */
export interface RequestControl {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** One part of a modify request. */
export interface RequestedChange {
  readonly operation: "add" | "delete" | "replace";
  readonly attribute: string;
  readonly values: readonly Buffer[];
}

/** What a client asks for. */
export type Operation =
  | { readonly kind: "bind"; readonly name: string; readonly password?: string }
  | { readonly kind: "unbind" }
  | { readonly kind: "abandon" }
  | {
      readonly kind: "search";
      readonly base: string;
      readonly scope: number;
      readonly sizeLimit: number;
      readonly typesOnly: boolean;
      readonly filter: SearchFilter;
      readonly attributes: readonly string[];
    }
  | { readonly kind: "modify"; readonly dn: string; readonly changes: readonly RequestedChange[] }
  | { readonly kind: "extended"; readonly oid: string }
  | { readonly kind: "unsupported"; readonly tag: number };

/** One message of a client. */
export interface Request {
  readonly id: number;
  readonly operation: Operation;
  readonly controls: readonly RequestControl[];
}

/** How an operation ended: an LDAP result code (RFC 4511 appendix A) and a diagnostic text. */
export interface Result {
  readonly code: number;
  readonly message?: string;
}

/** One entry of a search's answer. */
export interface ResultEntry {
  readonly dn: string;
  readonly attributes: readonly { readonly name: string; readonly values: readonly Buffer[] }[];
}

/** The answer's tag for a request's tag. */
export const responseTags = { bind: 0x61, search: 0x65, modify: 0x67, extended: 0x78 } as const;

/** The length of the first message in a buffer, header included; undefined while it is not whole. */
export function messageLength(buffer: Buffer): number | undefined {
  if (buffer.length < 2) return undefined;
  const reader = new BerReader(buffer);
  reader.readByte();
  const start = reader.readLength();
  if (start === null || buffer.length < start + reader.length) return undefined;
  return start + reader.length;
}

function text(reader: BerReader, tag: number = Ber.OctetString): string {
  return reader.readString(tag) ?? "";
}

function octets(reader: BerReader, tag: number = Ber.OctetString): Buffer {
  return Buffer.from(reader.readString(tag, true) ?? Buffer.alloc(0));
}

function list<T>(reader: BerReader, tag: number, read: () => T): T[] {
  reader.readSequence(tag);
  const end = reader.offset + reader.length;
  const items: T[] = [];
  while (reader.offset < end) items.push(read());
  return items;
}

/** Decodes one whole message. @throws Error where it is not LDAP */
export function decodeRequest(message: Buffer): Request {
  const reader = new BerReader(message);
  reader.readSequence(0x30);
  const id = reader.readInt() ?? 0;
  const tag = reader.peek() ?? 0;
  const operation = decodeOperation(reader, tag);
  const controls = reader.peek() === 0xa0 ? list(reader, 0xa0, () => decodeControl(reader)) : [];
  return { id, operation, controls };
}

function decodeOperation(reader: BerReader, tag: number): Operation {
  if (tag === 0x42 || tag === 0x50) {
    octets(reader, tag);
    return { kind: tag === 0x42 ? "unbind" : "abandon" };
  }
  reader.readSequence(tag);
  const end = reader.offset + reader.length;
  const operation = decodeBody(reader, tag);
  reader.offset = end;
  return operation;
}

function decodeBody(reader: BerReader, tag: number): Operation {
  switch (tag) {
    case 0x60: {
      reader.readInt();
      const name = text(reader);
      return { kind: "bind", name, ...(reader.peek() === 0x80 && { password: text(reader, 0x80) }) };
    }
    case 0x63: {
      const base = text(reader);
      const scope = reader.readEnumeration() ?? 0;
      reader.readEnumeration();
      const sizeLimit = reader.readInt() ?? 0;
      reader.readInt();
      const typesOnly = reader.readBoolean() ?? false;
      const filter = decodeFilter(reader);
      return {
        kind: "search",
        base,
        scope,
        sizeLimit,
        typesOnly,
        filter,
        attributes: list(reader, 0x30, () => text(reader)),
      };
    }
    case 0x66: {
      const dn = text(reader);
      return { kind: "modify", dn, changes: list(reader, 0x30, () => decodeChange(reader)) };
    }
    case 0x77:
      return { kind: "extended", oid: text(reader, 0x80) };
    default:
      return { kind: "unsupported", tag };
  }
}

function decodeChange(reader: BerReader): RequestedChange {
  reader.readSequence(0x30);
  const operation = (["add", "delete", "replace"] as const)[reader.readEnumeration() ?? -1];
  if (operation === undefined) throw new Error("unknown kind of change");
  reader.readSequence(0x30);
  return { operation, attribute: text(reader), values: list(reader, 0x31, () => octets(reader)) };
}

function decodeControl(reader: BerReader): RequestControl {
  reader.readSequence(0x30);
  const end = reader.offset + reader.length;
  const oid = text(reader);
  const critical =
    reader.offset < end && reader.peek() === Ber.Boolean ? (reader.readBoolean() ?? false) : false;
  const value = reader.offset < end ? octets(reader) : Buffer.alloc(0);
  return { oid, critical, value };
}

/** The page size and cookie of a paged results control (RFC 2696). */
export function decodePaging(value: Buffer): { readonly size: number; readonly cookie: string } {
  const reader = new BerReader(value);
  reader.readSequence(0x30);
  return { size: reader.readInt() ?? 0, cookie: text(reader) };
}

/** A message that ends an operation; with a cookie it carries the paged results control, empty on the last page. */
export function encodeResult(
  id: number,
  tag: number,
  { code, message = "" }: Result,
  cookie?: string,
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString("");
  writer.writeString(message);
  writer.endSequence();
  if (cookie !== undefined) {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0);
    value.writeString(cookie);
    value.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString("1.2.840.113556.1.4.319");
    writer.writeBuffer(value.buffer, Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return Buffer.from(writer.buffer);
}

/** A message with one entry of a search. */
export function encodeEntry(id: number, { dn, attributes }: ResultEntry): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const { name, values } of attributes) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(value, Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return Buffer.from(writer.buffer);
}
