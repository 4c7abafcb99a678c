import { canonicalName, isSpf, type RecordSet, type RecordType } from "../../src/dns/index.js";
import { spfSenders } from "../../src/dns/spf.js";
import type { Alarms } from "../alarms.js";
import type { LabDns } from "./index.js";
import { LabZone, type Zone } from "./zone.js";

/** An answer that a name gave before a change of the zone, and gives no more. */
export interface LostAnswer {
  readonly name: string;
  readonly type: RecordType | "SRV";
  readonly value: string;
}

const askedTypes = ["MX", "TXT", "CNAME", "A", "AAAA", "NS"] as const satisfies readonly RecordType[];

/** The terms mailstage may take out of an SPF policy: those of Exchange Online, which it put there. */
const tenants = /^include:spf\.protection\.(outlook\.com|office365\.us|partner\.outlook\.cn)$/i;

/** Where the tenant's Outlook clients are led, at whatever name the plan has them look (cloudNamespace): theirs to come and go. */
const isTenantsService = (type: string, name: string, value: string) =>
  type === "CNAME" &&
  name.startsWith("autodiscover.") &&
  /^autodiscover(-s)?\.(outlook|office365|partner\.outlook)\./i.test(value);

/** Every name that may answer: those with records, those above them, and one that nobody has below each of these. */
function namesOf(zone: string, zones: readonly Zone[]): string[] {
  const names = new Set<string>([zone]);
  for (const { records, services = [] } of zones)
    for (const { name } of [...records, ...services])
      for (let at = name; at.endsWith(`.${zone}`); at = at.slice(at.indexOf(".") + 1)) names.add(at);
  // A wildcard written below another hides it for names like nobody.*.contoso.com, which nobody asks for.
  return [...names].flatMap((name) => (name.startsWith("*.") ? [name] : [name, `nobody.${name}`]));
}

function answersOf(zone: LabZone, name: string, type: RecordType | "SRV"): string[] {
  if (type === "SRV") return zone.services(name).map(({ value }) => value);
  const { answers } = zone.lookup(name, type);
  return answers.filter((one) => one.name === name && one.type === type).map(({ value }) => value);
}

/** A policy's senders of before that none allows any more. */
function lostSenders(before: readonly string[], after: readonly string[]): string[] {
  const now = new Set(
    after
      .filter(isSpf)
      .flatMap(spfSenders)
      .map((term) => term.toLowerCase()),
  );
  const gone = before
    .filter(isSpf)
    .flatMap(spfSenders)
    .filter((term) => !now.has(term.toLowerCase()));
  return gone.filter((term) => !tenants.test(term));
}

/**
 * What the world no longer gets to hear after a change, wildcards' answers included (RFC 4592), outside of what a migration is
 * asked for: the domain's MX, its proof of ownership, Exchange Online among the SPF senders, and what stands at autodiscover.
 */
export function lostAnswers(before: Zone, after: Zone, ofDomain: string): LostAnswer[] {
  const domain = canonicalName(ofDomain);
  const [then, now] = [new LabZone(before), new LabZone(after)];
  const lost: LostAnswer[] = [];
  for (const name of namesOf(then.name, [before, after]))
    for (const type of [...askedTypes, "SRV"] as const) {
      // Nobody asks below a service's own name, and where a CNAME leads to the tenant nothing else can stand (RFC 1034 §3.6.2).
      const service =
        `.${name}`.endsWith(`.autodiscover.${domain}`) ||
        answersOf(now, name, "CNAME").some((value) => isTenantsService("CNAME", name, value));
      if (service || (name === domain && type === "MX")) continue;
      const [was, is] = [answersOf(then, name, type), answersOf(now, name, type)];
      const ours = (value: string) =>
        isTenantsService(type, name, value) ||
        (name === domain && type === "TXT" && (isSpf(value) || /^MS=/i.test(value)));
      const gone = was.filter((value) => !is.includes(value) && !ours(value));
      const senders = name === domain && type === "TXT" ? lostSenders(was, is) : [];
      lost.push(...[...gone, ...senders].map((value) => ({ name, type, value })));
    }
  return lost;
}

/** What is told of a change of a zone: it raises an alarm for each name and type that lost an answer. */
export function watchAnswers(
  alarms: () => Alarms,
  domain: string,
  now: () => number,
): (before: Zone, after: Zone) => void {
  return (before, after) => {
    for (const { name, type, value } of lostAnswers(before, after, domain))
      alarms().raise("dns-answer-lost", `${type} ${name}`, `answered "${value}", and does so no more`, now());
  };
}

/** A zone's server whose record sets a host's API sets: each change of it is told as an update is. */
export function watchedDns(dns: LabDns, updated: (before: Zone, after: Zone) => void): LabDns {
  const setRecordSet = (set: RecordSet) => {
    const zones = dns.zones();
    dns.setRecordSet(set);
    const after = dns.zones();
    for (const [index, before] of zones.entries()) updated(before, after[index] ?? before);
  };
  return { ...dns, setRecordSet };
}
