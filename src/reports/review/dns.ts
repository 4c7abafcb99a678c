import { duration, listed } from "../../base/words.js";
import { readResource } from "../../state/read-resource.js";
import type { Step } from "../shared/preview.js";
import type { RecordChange, RecordSide, RecordVerb, ZoneChange } from "./model.js";
import type { RecordSetSides } from "./record-set-sides.js";
import { recordSetsOf } from "./record-sets.js";

/** What the words about mail need to know. */
export interface MailContext {
  /** The MX the tenant names; empty until the domain is verified. */
  readonly tenantMx: readonly string[];
  /** The MX before the migration. */
  readonly formerMx: readonly string[];
}

/** Where mail belongs, from whatever resource of the preview knows it. */
function mailContext(steps: readonly Step[]): MailContext {
  const tenantMx = new Set<string>();
  const formerMx = new Set<string>();
  for (const { kind, before, after, outputsBefore, outputsAfter } of steps) {
    if (kind === "DomainVerification")
      for (const value of [
        ...(readResource("DomainVerification", outputsBefore).mx ?? []),
        ...(readResource("DomainVerification", outputsAfter).mx ?? []),
      ])
        tenantMx.add(value);
    if (kind === "DnsBaseline")
      for (const value of readResource("DnsBaseline", after ?? before).mx?.values ?? []) formerMx.add(value);
    if (kind === "DnsRecordSet" || kind === "DnsManual" || kind === "DnsAdoption") {
      const props = readResource(kind, after ?? before);
      for (const value of props.tenantMx ?? []) tenantMx.add(value);
      for (const value of props.formerMx ?? []) formerMx.add(value);
    }
  }
  return { tenantMx: [...tenantMx].map(spelled), formerMx: [...formerMx].map(spelled) };
}

const spelled = (value: string) => value.trim().toLowerCase().replace(/\.$/, "");

/** The zone whose servers are asked, for hosts that name a zone by an id only. */
function zoneNameOf(steps: readonly Step[]): string | undefined {
  for (const { kind, before, after } of steps) {
    if (kind !== "DnsBaseline" && kind !== "DnsObservation" && kind !== "DnsAdoption") continue;
    const zone = readResource(kind, after ?? before).observed?.zone;
    if (zone !== undefined) return zone;
  }
  return undefined;
}

/** The record sets that change, by zone; and what of it would break mail. */
export function dnsChanges(steps: readonly Step[]): { zones: ZoneChange[]; dangers: string[] } {
  const context = mailContext(steps);
  const zones = new Map<string, RecordChange[]>();
  const dangers: string[] = [];
  for (const set of recordSetsOf(steps, zoneNameOf(steps))) {
    const change = recordChange(set, context);
    if (change === undefined) continue;
    zones.set(set.zone, [...(zones.get(set.zone) ?? []), change]);
    if (set.answered !== true) dangers.push(...dangersOf(change, context), ...proxyDangers(set));
  }
  return { zones: [...zones].map(([zone, records]) => ({ zone, records })), dangers };
}

function recordChange(set: RecordSetSides, context: MailContext): RecordChange | undefined {
  const { name, type, before, after, wildcard = null } = set;
  if (!set.touched) return undefined;
  const verb = set.joins && staysIn(before, after) ? "add" : verbOf(before, after);
  if (verb === undefined) return undefined;
  const kept = (before?.values ?? []).flatMap((value) =>
    value !== null && after?.values.includes(value) ? [value] : [],
  );
  return {
    verb,
    name,
    type,
    before,
    after,
    wildcard,
    kept,
    byHand: set.byHand !== undefined,
    meaning: `${set.answered ? answered : meaningOf(verb, set, context)}${verb === "adopt" ? "" : `${wildcardMeaning(set)}${handMeaning(set)}`}`,
    effect: set.answered ? null : effectOf(verb, before, after),
  };
}

const answered =
  "A wildcard answers so already; a record at or above this name would hide it, so its answer is written out and stays.";

/** Where the name comes into existence by the change. */
const wildcardMeaning = ({ name, wildcard }: RecordSetSides) =>
  wildcard === undefined
    ? ""
    : ` Nothing is at ${name} so far, and the wildcard ${wildcard} answers for it; from now on it has records of its own.`;

/** Who makes the change, where mailstage cannot. */
function handMeaning({ byHand }: RecordSetSides): string {
  if (byHand === undefined) return "";
  return byHand === "observed"
    ? " A person sets it at the DNS host; the update goes on when every authoritative server answers it."
    : " A person does it at the DNS host: the update says so once more, and does not wait for it.";
}

const staysIn = (before: RecordSide | null, after: RecordSide | null) =>
  (before?.values ?? []).every((value) => after?.values.includes(value));

function verbOf(before: RecordSide | null, after: RecordSide | null): RecordVerb | undefined {
  if (before === null) return after === null ? undefined : "create";
  if (after === null) return "delete";
  if (before.values.join("\n") !== after.values.join("\n")) return "modify";
  return before.ttl === after.ttl ? "adopt" : "ttl";
}

const pointsAt = (side: RecordSide | null, values: readonly string[]) =>
  side !== null &&
  side.values.length > 0 &&
  side.values.every((value) => value !== null && values.includes(spelled(value)));

function meaningOf(
  verb: RecordVerb,
  { name, type, before, after, joins }: RecordSetSides,
  context: MailContext,
): string {
  if (joins && type === "MX")
    return `Its values are known only during the update, which refuses every server but those ${name} had before the migration and the ones the tenant names; a proof of ownership may stand beside them.`;
  if (verb === "add" && type === "TXT")
    return `A value the tenant names joins the texts of ${name}; those that are there, such as SPF, stay.`;
  if (verb === "adopt") return "Taken over as it is; nothing changes for anybody.";
  if (verb === "ttl" && before !== null && after !== null) return ttlMeaning(type, before, after);
  if (type === "MX") {
    if (verb === "delete") return `${name} has no MX any more: mail for it cannot be delivered.`;
    if (pointsAt(after, context.tenantMx) && !pointsAt(before, context.tenantMx))
      return `Mail for ${name} goes to Microsoft 365 from now on. Reverting this change brings it back.`;
    if (pointsAt(after, context.formerMx) && !pointsAt(before, context.formerMx))
      return `Mail for ${name} goes to the servers it went to before the migration.`;
    const added = gained(before, after);
    if (added.length > 0 && added.every((value) => /^32767 /.test(value)))
      return `Proves to Microsoft 365 that ${name} is yours; mail is not affected, since this exchanger is never tried first.`;
    return `Mail for ${name} goes to ${listed(shown(after))}.`;
  }
  if (type === "TXT") {
    const added = gained(before, after);
    const removed = gained(after, before);
    const sentences = [
      added.some((value) => /^MS=/i.test(value)) &&
        `Proves to Microsoft 365 that ${name} is yours; mail is not affected.`,
      removed.some((value) => /^MS=/i.test(value)) &&
        "The proof of ownership is no longer needed, or withdrawn.",
      added.some((value) => /^v=spf1\b/i.test(value)) &&
        `Changes who may send mail as ${name}: receivers check senders against the new policy.`,
      removed.some((value) => /^v=spf1\b/i.test(value)) &&
        !added.some((value) => /^v=spf1\b/i.test(value)) &&
        `${name} has no sender policy (SPF) any more.`,
    ].filter((sentence) => sentence !== false);
    return sentences.join(" ") || "Text for others to read; mail is not affected.";
  }
  if (type === "CNAME" && /^autodiscover\./i.test(name)) {
    if (verb === "delete") return "Outlook and phones no longer find their settings by this name.";
    return after?.values.some(
      (value) => value !== null && /outlook\.com$|office365|partner\.outlook\.cn$/i.test(value),
    )
      ? "Outlook and phones find their settings in Microsoft 365 from now on."
      : "Outlook and phones look for their settings there from now on.";
  }
  return verb === "delete"
    ? `${name} no longer exists as ${type}.`
    : `${name} answers ${listed(shown(after))}.`;
}

function ttlMeaning(type: string, before: RecordSide, after: RecordSide): string {
  if (before.ttl === null || after.ttl === null) return "Only the TTL changes.";
  const change = `Only the TTL changes, from ${duration(before.ttl)} to ${duration(after.ttl)}`;
  if (type !== "MX") return `${change}; the values stay.`;
  return after.ttl < before.ttl
    ? `${change}; mail goes where it went. A later switch of the MX is then noticed within ${duration(after.ttl)}.`
    : `${change}; mail goes where it went.`;
}

function effectOf(verb: RecordVerb, before: RecordSide | null, after: RecordSide | null): string | null {
  if (verb === "adopt") return null;
  if (before === null)
    return "At once; a name that was asked for before may be unknown to some until the zone's negative TTL has run out.";
  if (before.ttl === null) return null;
  if (verb === "ttl" && after?.ttl !== null && after !== null && after.ttl < before.ttl)
    return `Everybody has the new TTL ${duration(before.ttl)} after the update, when the former one has run out.`;
  return `First seen at once, by everybody ${duration(before.ttl)} after the update, when the former TTL has run out.`;
}

/** Values on the second side that are not on the first. */
function gained(before: RecordSide | null, after: RecordSide | null): string[] {
  return (after?.values ?? []).flatMap((value) =>
    value !== null && !before?.values.includes(value) ? [value] : [],
  );
}

const shown = (side: RecordSide | null) =>
  (side?.values ?? []).map((value) => value ?? "a value known only after the update");

/** Outlook speaks to the name a CNAME gives, not to a web proxy in between. */
function proxyDangers({ name, type, proxied }: RecordSetSides): string[] {
  if (!proxied || (type !== "MX" && !/^autodiscover\./i.test(name))) return [];
  return [
    `${type} ${name} is proxied: the host answers with its own addresses, and Outlook does not find its settings there`,
  ];
}

function dangersOf({ verb, name, type, before, after, kept }: RecordChange, context: MailContext): string[] {
  if (verb === "delete") return [`${type} ${name} is deleted: ${listed(shown(before))}`];
  const policy = kept.some((value) => /^v=spf1\b/i.test(value));
  if (type === "TXT" && policy && before?.ttl && after?.ttl && after.ttl < before.ttl)
    return [
      `the TTL of the sender policy (SPF) of ${name} changes from ${duration(before.ttl)} to ${duration(after.ttl)}, with the rest of its set`,
    ];
  if (type === "MX" && verb !== "adopt" && verb !== "ttl") {
    const allowed = [...context.tenantMx, ...context.formerMx];
    const strange = (after?.values ?? []).filter(
      (value) => value !== null && !/^32767 /.test(value) && !allowed.includes(spelled(value)),
    );
    if (strange.length > 0 && allowed.length > 0)
      return [
        `MX ${name} would point at ${listed(strange.map((value) => value ?? ""))}, which is neither the tenant's mail exchanger nor the one from before the migration`,
      ];
    if (pointsAt(before, context.tenantMx) && pointsAt(after, context.formerMx))
      return [`MX ${name} goes back to ${listed(shown(after))}: mail arrives on premises again`];
  }
  return [];
}
