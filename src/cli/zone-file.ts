import {
  type RecordSet,
  type RecordType,
  readAll,
  readRecordSet,
  recordSet,
  recordTypes,
} from "../dns/index.js";
import { MailstageError, type Problem, throwIfAny } from "../errors/index.js";
import type { Plan } from "../plan/index.js";

const line = /^(\S+)\s+(\d+)\s+(?:IN\s+)?([A-Z]+)\s+(.+)$/i;
const charString = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/**
 * Record sets from a zone as `dig AXFR`, `named-compilezone` and most DNS hosts export it: one record a line, full name,
 * TTL, class, type, value (RFC 1035 §5.1 without its abbreviations). Types mailstage does not know are left out.
 * @throws MailstageError with every line that is no record
 */
export function parseZone(text: string, source: string): RecordSet[] {
  const problems: Problem[] = [];
  const sets = new Map<string, { name: string; type: RecordType; ttl: number; values: string[] }>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const content = raw.trim();
    if (content === "" || content.startsWith(";")) continue;
    const [, name, ttl, kind, value] = line.exec(content) ?? [];
    if (name === undefined || kind === undefined || value === undefined) {
      problems.push({
        code: "zone-line",
        subject: `${source}:${index + 1}`,
        reason: "is not one record: name, TTL, class, type and value",
        hint: "Export the zone with `dig AXFR` or `named-compilezone`",
      });
      continue;
    }
    const type = recordTypes.find((known) => known === kind.toUpperCase());
    // The lab has its own SOA and name servers.
    if (type === undefined || type === "SOA" || type === "NS") continue;
    const key = `${name.toLowerCase()} ${type}`;
    const set = sets.get(key) ?? { name, type, ttl: Number(ttl), values: [] };
    set.values.push(type === "TXT" ? joinText(value) : value.trim());
    sets.set(key, set);
  }
  throwIfAny(problems);
  return [...sets.values()].map((set) => recordSet(set));
}

/** A TXT value's character strings as one text (RFC 7208 §3.3). */
function joinText(value: string): string {
  return [...value.matchAll(charString)]
    .map(([, quoted, bare]) =>
      (quoted ?? bare ?? "").replace(/\\(\d{3}|.)/g, (_, escaped: string) => unescaped(escaped)),
    )
    .join("");
}

const unescaped = (escaped: string) =>
  escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped;

/**
 * What the migration will touch of the domain's live zone: its MX, TXT and autodiscover, read from the authoritative servers.
 * @throws MailstageError the errors of `readRecordSet`
 */
export async function readLiveZone(plan: Plan): Promise<RecordSet[]> {
  const { nameServers, resolvers } = plan.dns;
  const at = { zone: plan.dns.zone ?? plan.domain, nameServers, resolvers };
  const [mx, txt, autodiscover] = await Promise.all([
    readRecordSet({ ...at, name: plan.domain, type: "MX" }),
    readRecordSet({ ...at, name: plan.domain, type: "TXT" }),
    readAll({ ...at, name: `autodiscover.${plan.domain}` }),
  ]);
  if (mx === undefined)
    throw new MailstageError({
      code: "zone-no-mx",
      subject: `MX ${plan.domain}`,
      reason: "does not exist, so there is no mail to move",
      hint: "Check the domain in the plan",
    });
  return [mx, txt, ...autodiscover].filter((set) => set !== undefined);
}
