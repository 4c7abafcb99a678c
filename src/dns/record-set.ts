import { isIPv4, isIPv6 } from "node:net";
import { defined } from "../base/defined.js";
import { MailstageError } from "../base/problem.js";
import { scrub } from "../base/scrub.js";
import { counted } from "../base/words.js";
import { asciiDomain } from "../plan/names.js";

/** The record types mailstage reads; it writes all but NS and SOA. */
export const recordTypes = ["MX", "TXT", "CNAME", "A", "AAAA", "NS", "SOA"] as const;

/** One of the record types mailstage knows. */
export type RecordType = (typeof recordTypes)[number];

/** All values of one name and type, with the one TTL they share (RFC 2181 §5.2). The description every DNS host is given. */
export interface RecordSet {
  /** Fully qualified, lower-case A-labels, no trailing dot: `contoso.com`. */
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** Canonical text values (see `canonicalValue`), each once, sorted; never empty. */
  readonly values: readonly string[];
}

/** The two parts of an MX value. */
export interface MxValue {
  /** 0–65535, lower is tried first. */
  readonly preference: number;
  /** Mail server, lower case without trailing dot; `.` for "no mail" (RFC 7505). */
  readonly exchange: string;
}

function invalid(subject: string, reason: string, hint?: string): MailstageError {
  const named = scrub(subject) || "an empty name";
  return new MailstageError({
    code: "dns-value",
    subject: named,
    reason,
    ...defined({ hint }),
  });
}

/**
 * A DNS name as mailstage writes it: lower-case A-labels (IDN encoded) without a trailing dot; the root is `.`.
 * @throws MailstageError `dns-value` where it is empty, or a label has over 63 or the name over 253 octets.
 */
export function canonicalName(name: string): string {
  const plain = name.trim().replace(/(?<=.)\.$/, "");
  if (plain === ".") return plain;
  const ascii = asciiDomain(plain);
  const labels = ascii.split(".");
  const fits = ascii.length <= 253 && labels.every((label) => label.length > 0 && label.length <= 63);
  if (!fits || !/^[\x21-\x7e]+$/.test(ascii))
    throw invalid(name, "is not a DNS name", "Labels have 1 to 63 characters, the whole name at most 253");
  return ascii;
}

/**
 * An MX value in its parts: `10 mail.contoso.com`.
 * @throws MailstageError `dns-value` where it is not a preference of 0–65535 and a host.
 */
export function parseMx(value: string): MxValue {
  const match = /^\s*(\d{1,5})\s+(\S+)\s*$/.exec(value);
  const preference = Number(match?.[1]);
  const exchange = match?.[2];
  if (exchange === undefined || preference > 65_535)
    throw invalid(`MX "${value}"`, "is not a preference and a host", 'Write it as "10 mail.contoso.com"');
  return { preference, exchange: canonicalName(exchange) };
}

function canonicalSoa(value: string): string {
  const [primary, mailbox, ...numbers] = value.trim().split(/\s+/);
  if (
    primary === undefined ||
    mailbox === undefined ||
    numbers.length !== 5 ||
    !numbers.every((n) => /^\d+$/.test(n))
  )
    throw invalid(`SOA "${value}"`, "is not two names and five numbers");
  return [canonicalName(primary), canonicalName(mailbox), ...numbers.map(Number)].join(" ");
}

/**
 * The one spelling of a value that mailstage compares and stores: MX `10 mail.contoso.com`, TXT the joined raw text without
 * quotes, CNAME and NS the host in lower case without trailing dot, addresses in their shortest form.
 * @throws MailstageError `dns-value` where the value does not fit its type.
 */
export function canonicalValue(type: RecordType, value: string): string {
  switch (type) {
    case "MX": {
      const { preference, exchange } = parseMx(value);
      return `${preference} ${exchange}`;
    }
    case "TXT":
      return value;
    case "CNAME":
    case "NS":
      return canonicalName(value);
    case "A":
      if (!isIPv4(value)) throw invalid(`A "${value}"`, "is not an IPv4 address");
      return value;
    case "AAAA":
      if (!isIPv6(value) || value.includes("%")) throw invalid(`AAAA "${value}"`, "is not an IPv6 address");
      return new URL(`http://[${value}]`).hostname.slice(1, -1);
    case "SOA":
      return canonicalSoa(value);
  }
}

function compareValues(type: RecordType, left: string, right: string): number {
  const byPreference = type === "MX" ? Number.parseInt(left, 10) - Number.parseInt(right, 10) : 0;
  return byPreference || (left < right ? -1 : left > right ? 1 : 0);
}

/** Values in canonical spelling, each once, sorted (MX by preference), so that equal sets are equal arrays. */
export function canonicalValues(type: RecordType, values: readonly string[]): string[] {
  return [...new Set(values.map((value) => canonicalValue(type, value)))].sort((left, right) =>
    compareValues(type, left, right),
  );
}

/** Whether two lists hold the same values, whatever their order, spelling and repetition. */
export function sameValues(type: RecordType, left: readonly string[], right: readonly string[]): boolean {
  const [one, other] = [canonicalValues(type, left), canonicalValues(type, right)];
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** Whether two record sets, or their absence, are the same in values and TTL. */
export function sameRecordSet(left: RecordSet | undefined, right: RecordSet | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.type === right.type &&
    canonicalName(left.name) === canonicalName(right.name) &&
    left.ttl === right.ttl &&
    sameValues(left.type, left.values, right.values)
  );
}

/**
 * A record set in canonical form.
 * @throws MailstageError `dns-value` for a wrong name, value or TTL (0 to 2,147,483,647 s), no value, or two CNAMEs.
 */
export function recordSet(set: RecordSet): RecordSet {
  const name = canonicalName(set.name);
  const values = canonicalValues(set.type, set.values);
  const subject = `${set.type} ${name}`;
  if (!Number.isInteger(set.ttl) || set.ttl < 0 || set.ttl > 2_147_483_647)
    throw invalid(subject, `has the TTL ${set.ttl}, which is not a number of seconds`);
  if (values.length === 0) throw invalid(subject, "has no value");
  if (values.length > 1 && (set.type === "CNAME" || set.type === "SOA"))
    throw invalid(subject, `has ${counted(values.length, "value")}, but there can be only one`);
  return { name, type: set.type, ttl: set.ttl, values };
}

/** A record set in words: `"10 mail.contoso.com" with TTL 3600 s`, or `nothing`. */
export function describeSet(set: RecordSet | undefined): string {
  if (set === undefined) return "nothing";
  return `${set.values.map((value) => `"${canonicalValue(set.type, value)}"`).join(", ")} with TTL ${set.ttl} s`;
}
