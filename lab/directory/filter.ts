import { Ber, type BerReader } from "ldapts";
import { matchKey } from "./schema.js";

/** A search filter as it came over the wire (RFC 4511 4.5.1.7): values stay octets. */
export type SearchFilter =
  | { readonly kind: "and" | "or"; readonly filters: readonly SearchFilter[] }
  | { readonly kind: "not"; readonly filter: SearchFilter }
  | { readonly kind: "present"; readonly attribute: string }
  | { readonly kind: "equal" | "atLeast" | "atMost"; readonly attribute: string; readonly value: Buffer }
  | {
      readonly kind: "substrings";
      readonly attribute: string;
      readonly initial?: Buffer;
      readonly any: readonly Buffer[];
      readonly final?: Buffer;
    }
  | { readonly kind: "bits"; readonly attribute: string; readonly all: boolean; readonly value: Buffer }
  /** A matching rule the server does not know: matches nothing, as Active Directory answers it. */
  | { readonly kind: "undefined" };

/** The bit-wise matching rules of Active Directory (MS-ADTS 3.1.1.3.4.4). */
const bitRules: Readonly<Record<string, "all" | "any">> = {
  "1.2.840.113556.1.4.803": "all",
  "1.2.840.113556.1.4.804": "any",
};

function octets(reader: BerReader, tag: number = Ber.OctetString): Buffer {
  return Buffer.from(reader.readString(tag, true) ?? Buffer.alloc(0));
}

function* until(reader: BerReader, tag: number): Generator<number> {
  reader.readSequence(tag);
  const end = reader.offset + reader.length;
  while (reader.offset < end) yield reader.peek() ?? 0;
}

/** Reads one filter. @throws Error on a tag that is no filter */
export function decodeFilter(reader: BerReader): SearchFilter {
  const tag = reader.peek() ?? 0;
  switch (tag) {
    case 0xa0:
    case 0xa1: {
      const filters: SearchFilter[] = [];
      for (const _ of until(reader, tag)) filters.push(decodeFilter(reader));
      return { kind: tag === 0xa0 ? "and" : "or", filters };
    }
    case 0xa2:
      reader.readSequence(tag);
      return { kind: "not", filter: decodeFilter(reader) };
    case 0x87:
      return { kind: "present", attribute: octets(reader, tag).toString() };
    case 0xa3:
    case 0xa5:
    case 0xa6:
    case 0xa8: {
      reader.readSequence(tag);
      const kind = tag === 0xa5 ? "atLeast" : tag === 0xa6 ? "atMost" : "equal";
      return { kind, attribute: octets(reader).toString(), value: octets(reader) };
    }
    case 0xa4:
      return decodeSubstrings(reader);
    case 0xa9:
      return decodeExtensible(reader);
    default:
      throw new Error(`0x${tag.toString(16)} is no search filter`);
  }
}

function decodeSubstrings(reader: BerReader): SearchFilter {
  reader.readSequence(0xa4);
  const attribute = octets(reader).toString();
  const any: Buffer[] = [];
  let initial: Buffer | undefined;
  let final: Buffer | undefined;
  for (const tag of until(reader, 0x30)) {
    const value = octets(reader, tag);
    if (tag === 0x80) initial = value;
    else if (tag === 0x82) final = value;
    else any.push(value);
  }
  return { kind: "substrings", attribute, any, ...(initial && { initial }), ...(final && { final }) };
}

function decodeExtensible(reader: BerReader): SearchFilter {
  let rule = "";
  let attribute = "";
  let value: Buffer = Buffer.alloc(0);
  for (const tag of until(reader, 0xa9)) {
    const part = octets(reader, tag);
    if (tag === 0x81) rule = part.toString();
    else if (tag === 0x82) attribute = part.toString();
    else if (tag === 0x83) value = part;
  }
  const bits = bitRules[rule];
  return bits === undefined ? { kind: "undefined" } : { kind: "bits", attribute, all: bits === "all", value };
}

/** Whether an entry, given as a reader of its values, matches. Attribute names in any case. */
export function matches(filter: SearchFilter, valuesOf: (attribute: string) => readonly Buffer[]): boolean {
  switch (filter.kind) {
    case "and":
      return filter.filters.every((part) => matches(part, valuesOf));
    case "or":
      return filter.filters.some((part) => matches(part, valuesOf));
    case "not":
      return !matches(filter.filter, valuesOf);
    case "present":
      return valuesOf(filter.attribute).length > 0;
    case "undefined":
      return false;
    default:
      return valuesOf(filter.attribute).some((value) => matchesValue(filter, value));
  }
}

type ValueFilter = Exclude<SearchFilter, { readonly kind: "and" | "or" | "not" | "present" | "undefined" }>;

function matchesValue(filter: ValueFilter, value: Buffer): boolean {
  const key = (octet: Buffer) => matchKey(filter.attribute, octet);
  switch (filter.kind) {
    case "equal":
      return key(value) === key(filter.value);
    case "atLeast":
    case "atMost": {
      const order = compare(key(value), key(filter.value));
      return filter.kind === "atLeast" ? order >= 0 : order <= 0;
    }
    case "bits": {
      const [have, want] = [BigInt(value.toString()), BigInt(filter.value.toString())];
      return filter.all ? (have & want) === want : (have & want) !== 0n;
    }
    case "substrings":
      return matchesSubstrings(filter, key(value), (part) => part.toString().toLowerCase());
  }
}

function compare(left: string, right: string): number {
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) return Number(BigInt(left) - BigInt(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

function matchesSubstrings(
  { initial, any, final }: Extract<SearchFilter, { readonly kind: "substrings" }>,
  value: string,
  fold: (part: Buffer) => string,
): boolean {
  const start = initial === undefined ? "" : fold(initial);
  const end = final === undefined ? "" : fold(final);
  if (!value.startsWith(start)) return false;
  let position = start.length;
  for (const part of any.map(fold)) {
    const found = value.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return value.length - end.length >= position && value.endsWith(end);
}
