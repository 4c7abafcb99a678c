import { MailstageError, type Problem, throwIfAny } from "../../src/base/problem.js";
import {
  canonicalName,
  type RecordSet,
  type RecordType,
  recordSet,
  recordTypes,
} from "../../src/dns/index.js";
import { txtText } from "../../src/dns/wire.js";
import type { Service, Zone } from "./zone.js";
import { type Entry, entriesOf, failure, type Token } from "./zone-entries.js";

/** A zone file in the shape the lab loads. */
export interface ParsedZone {
  readonly zone: Zone;
  /** What the lab does not serve, one sentence each: `line 12: CAA contoso.com`. */
  readonly skipped: readonly string[];
}

/** Cloudflare's automatic TTL, and what it stands for. */
const automatic = { written: 1, seconds: 300 };

/** `3600`, `1h`, `1w2d` in seconds; undefined for anything else. */
function parseTtl(text: string): number | undefined {
  if (!/^(?:\d+[smhdw]?)+$/i.test(text)) return undefined;
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return [...text.matchAll(/(\d+)([smhdw]?)/gi)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit?.toLowerCase() || "s"] ?? 1),
    0,
  );
}

/** The octets of a string: `\"` is the character itself, `\228` an octet by its decimal number (RFC 1035 §5.1). */
function octetsOf(text: string): Buffer {
  const parts = [...text.matchAll(/\\(\d{3})|\\([\s\S])|([^\\]+)/g)];
  return Buffer.concat(
    parts.map(([, octet, escaped, plain]) =>
      octet === undefined ? Buffer.from(escaped ?? plain ?? "", "utf8") : Buffer.from([Number(octet) & 0xff]),
    ),
  );
}

/** Reads entries one by one: `$ORIGIN`, `$TTL` and the last name hold for those that follow. */
class ZoneReader {
  origin: string | undefined;
  #defaultTtl: number | undefined;
  #lastTtl: number | undefined;
  #owner: string | undefined;
  /** The origin is the caller's: then a name that ends in it is whole, as hosts export it without the last dot. */
  #assumed: string | undefined;
  readonly skipped: string[] = [];
  readonly services: Service[] = [];
  readonly found: {
    readonly name: string;
    readonly type: RecordType;
    readonly ttl: number;
    readonly value: string;
  }[] = [];

  constructor(origin: string | undefined) {
    this.origin = origin === undefined ? undefined : canonicalName(origin);
    this.#assumed = this.origin;
  }

  #name(text: string): string {
    if (text !== "@" && text.endsWith(".")) return canonicalName(text);
    const ends = `.${text.toLowerCase()}`.endsWith(`.${this.#assumed}`);
    if (this.#assumed !== undefined && ends) return canonicalName(text);
    if (this.origin === undefined) throw new Error(`${text} is relative, and no $ORIGIN is known`);
    return text === "@" ? this.origin : canonicalName(`${text}.${this.origin}`);
  }

  #value(type: RecordType, tokens: readonly Token[]): string {
    const [first = "", second = ""] = tokens.map(({ text }) => text);
    switch (type) {
      case "TXT":
        return txtText(tokens.map(({ text }) => octetsOf(text)));
      case "MX":
        return `${first} ${this.#name(second)}`;
      case "CNAME":
      case "NS":
        return this.#name(first);
      case "SOA": {
        const numbers = tokens.slice(2).map(({ text }) => parseTtl(text) ?? text);
        return [this.#name(first), this.#name(second), ...numbers].join(" ");
      }
      default:
        return first;
    }
  }

  #directive(name: string, argument: string): void {
    const ttl = parseTtl(argument);
    if (name === "$ORIGIN") {
      this.origin = this.#name(argument);
      this.#assumed = undefined;
    } else if (name === "$TTL" && ttl !== undefined) this.#defaultTtl = ttl;
    else throw new Error(`${name} ${argument} is not understood`);
  }

  read({ line, inherits, tokens }: Entry): void {
    const [head] = tokens;
    if (head?.text.startsWith("$") && !head.quoted) {
      this.#directive(head.text.toUpperCase(), tokens[1]?.text ?? "");
      return;
    }
    const rest = [...tokens];
    if (!inherits) this.#owner = this.#name(rest.shift()?.text ?? "@");
    if (this.#owner === undefined) throw new Error("the first record has no name");
    let ttl: number | undefined;
    // TTL and class may stand in either order, or not at all.
    for (let next = rest[0]; next !== undefined; next = rest[0]) {
      const seconds = parseTtl(next.text);
      if (seconds !== undefined && ttl === undefined) ttl = seconds;
      else if (!/^(?:IN|CH|HS)$/i.test(next.text)) break;
      rest.shift();
    }
    const written = rest.shift()?.text.toUpperCase() ?? "";
    const type = recordTypes.find((one) => one === written);
    if (type === undefined && written === "SRV") {
      const [priority = "", weight = "", port = "", target = ""] = rest.map(({ text }) => text);
      if (![priority, weight, port].every((part) => /^\d{1,5}$/.test(part)) || target === "")
        throw new Error(`SRV ${this.#owner} is not a priority, weight, port and target`);
      const value = [priority, weight, port, this.#name(target)].join(" ");
      this.services.push({ name: this.#owner, ttl: this.#secondsOf(ttl), value });
      return;
    }
    if (type === undefined) {
      if (!/^[A-Z][A-Z0-9-]*$/.test(written)) throw new Error(`"${written}" is not a record type`);
      this.skipped.push(`line ${line}: ${written} ${this.#owner}`);
      return;
    }
    if (rest.length < (type === "MX" ? 2 : 1)) throw new Error(`${type} ${this.#owner} has no value`);
    const value = this.#value(type, rest);
    const seconds = this.#secondsOf(ttl, type === "SOA" ? Number(value.split(" ")[6]) : undefined);
    const { values } = recordSet({ name: this.#owner, type, ttl: seconds, values: [value] });
    this.found.push({ name: this.#owner, type, ttl: seconds, value: values[0] ?? value });
  }

  /** The TTL written, else the file's default, else that of the record before (RFC 1035 §5.1, RFC 2308 §4). */
  #secondsOf(written: number | undefined, ofSoa?: number): number {
    const seconds = written ?? this.#defaultTtl ?? this.#lastTtl ?? ofSoa;
    if (seconds === undefined) throw new Error("has no TTL, and there is no $TTL");
    this.#lastTtl = seconds;
    return seconds === automatic.written ? automatic.seconds : seconds;
  }
}

/**
 * Reads a zone file (RFC 1035 §5), such as `dig axfr` prints it and Cloudflare, Azure, GoDaddy and BIND export it, for a
 * rehearsal: comments, `$ORIGIN` and `$TTL`, relative names, parentheses, `\DDD`. Types the lab does not serve are left out
 * and named.
 * @param origin the zone's name, for a file that has no `$ORIGIN`
 * @param source how messages name the file
 * @throws MailstageError `zone-file` with every line that cannot be read.
 */
export function parseZone(text: string, origin?: string, source = "zone file"): ParsedZone {
  const reader = new ZoneReader(origin);
  const problems: Problem[] = [];
  // Some editors and hosts begin a file with a byte order mark.
  for (const entry of entriesOf(text.replace(/^\uFEFF/, ""), source))
    try {
      reader.read(entry);
    } catch (error) {
      problems.push(
        failure(
          source,
          entry.line,
          error instanceof MailstageError
            ? `${error.problems[0].subject} ${error.problems[0].reason}`
            : String(error instanceof Error ? error.message : error),
        ),
      );
    }
  throwIfAny(problems);

  const soa = reader.found.find(({ type }) => type === "SOA");
  const name = soa?.name ?? (origin === undefined ? reader.origin : canonicalName(origin));
  if (name === undefined)
    throw new MailstageError({
      code: "zone-file",
      subject: "zone file",
      reason: "has no SOA record, and no zone was named",
    });
  const sets = new Map<string, RecordSet>();
  for (const { name: owner, type, ttl, value } of reader.found) {
    if (type === "SOA") continue;
    const key = `${owner} ${type}`;
    const set = sets.get(key);
    sets.set(
      key,
      recordSet({
        name: owner,
        type,
        ttl: Math.min(ttl, set?.ttl ?? ttl),
        values: [...(set?.values ?? []), value],
      }),
    );
  }
  const [primary, , serial, , , , negativeTtl] = soa?.value.split(" ") ?? [];
  return {
    zone: {
      name,
      ...(primary === undefined ? {} : { primary, serial: Number(serial), negativeTtl: Number(negativeTtl) }),
      records: [...sets.values()],
      ...(reader.services.length === 0 ? {} : { services: reader.services }),
    },
    skipped: reader.skipped,
  };
}
