import { z } from "zod";
import { found } from "../contracts/found.js";
import { planRecordSet, type RecordSet, type RecordType, recordSet, recordTypes } from "../dns/index.js";
import { hasUnknown, type Properties, type Step } from "./engine-output.js";
import type { RecordSide } from "./model.js";

/** One record set before and after, whichever resources at whichever host stand for it. */
export interface RecordSetSides {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly before: RecordSide | null;
  readonly after: RecordSide | null;
  /** Whether what is there now is not read in the preview, and joined at the update. */
  readonly joins: boolean;
  /** Whether any of its resources changes at all. */
  readonly touched: boolean;
  /** Whether the host answers with addresses of its own instead, after the change. */
  readonly proxied: boolean;
}

const cloudflareType = "cloudflare:index/dnsRecord:DnsRecord";
const azureType = "azure-native:dns:RecordSet";

/** All record sets of a preview, those that stay included: a set may be spread over several resources. */
export function recordSetsOf(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  return [
    ...steps
      .filter(({ kind }) => kind === "DnsRecordSet")
      .flatMap((step) => [...ownSet(step), ...displacedSets(step)]),
    ...cloudflareSets(
      steps.filter(({ type }) => type === cloudflareType),
      zoneName,
    ),
    ...steps.filter(({ type }) => type === azureType).flatMap(azureSet),
  ].sort((left, right) => key(left).localeCompare(key(right), "en"));
}

const key = ({ zone, name, type }: RecordSetSides) => `${zone} ${name} ${type}`;

/** What a replacement is made of besides the `replace` step itself. */
const isPartOfReplacement = (op: string) => op === "create-replacement" || op === "delete-replaced";

function ownSet(step: Step): RecordSetSides[] {
  if (isPartOfReplacement(step.op)) return [];
  const olds = step.before && found("DnsRecordSet", step.before);
  const news =
    step.op === "delete" || step.after === undefined ? undefined : found("DnsRecordSet", step.after);
  const known = news ?? olds;
  if (known?.name === undefined || known.type === undefined) return [];
  const state = found("DnsRecordSet", step.outputsBefore);
  const present =
    olds === undefined
      ? (known.former ?? null)
      : (state.live ?? (hasUnknown(olds.values) ? null : sideOf(olds)));
  const joins = olds === undefined && known.mode === "merge" && known.former === undefined;
  const base = {
    zone: known.zone ?? known.name,
    name: known.name,
    type: known.type,
    touched: step.op !== "same",
    joins,
    proxied: false,
  };
  const before = present === null ? null : side(present.ttl, present.values);
  if (step.op === "same") return [{ ...base, before, after: before }];
  // Drift is what is there now, whatever the program wants.
  const there = step.op === "drift" ? found("DnsRecordSet", step.outputsAfter).live : undefined;
  if (there !== undefined)
    return [{ ...base, before, after: there === null ? null : side(there.ttl, there.values) }];
  const after =
    news === undefined
      ? afterDelete(step.before, present, state.owned ?? [])
      : plannedSide(step.after, present, state.owned ?? []);
  return [{ ...base, before, after }];
}

const sideOf = (known: { ttl?: number | undefined; values?: unknown[] | undefined }) => ({
  ttl: known.ttl ?? 0,
  values: (known.values ?? []).filter((value) => typeof value === "string"),
});

type Present = { readonly ttl: number; readonly values: readonly string[] } | null;

/** The set as the provider will make it: planned by the same code that applies it, so that the review cannot lie. */
function plannedSide(
  properties: Properties | undefined,
  present: Present,
  owned: readonly string[],
): RecordSide {
  const { name, type, ttl, values, mode } = found("DnsRecordSet", properties);
  const known = (values ?? []).filter((value) => typeof value === "string");
  const fallback = side(ttl ?? null, [
    ...(mode === "merge" ? (present?.values ?? []) : []),
    ...(values === undefined
      ? [null]
      : values.map((value) => (typeof value !== "string" || hasUnknown(value) ? null : value))),
  ]);
  if (name === undefined || ttl === undefined || values === undefined || hasUnknown(values)) return fallback;
  return planned(name, type, present, { ttl, values: known, mode: mode ?? "exact", owned }) ?? fallback;
}

/**
 * What is left when our resource goes (providers/dns-record-set.ts): the set as it is, the former one, or what is not ours,
 * with its own TTL where that was changed by us.
 */
function afterDelete(
  properties: Properties | undefined,
  present: Present,
  owned: readonly string[],
): RecordSide | null {
  const { name, type, ttl, mode, onDelete, former } = found("DnsRecordSet", properties);
  if (present === null || name === undefined) return null;
  if (onDelete === "leave") return side(present.ttl, present.values);
  if (mode === "exact") return onDelete === "restore" && former ? side(former.ttl, former.values) : null;
  const left = planned(name, type, present, { values: [], mode: "merge", owned });
  if (left === undefined) return null;
  return side(former && present.ttl === ttl ? former.ttl : present.ttl, left.values);
}

/** The addresses a CNAME takes the place of: gone with its creation, back with its removal. */
function displacedSets(step: Step): RecordSetSides[] {
  const { zone, name, displaced = [], onDelete } = found("DnsRecordSet", step.after ?? step.before);
  const goes = step.op === "create";
  if (name === undefined || (!goes && (step.op !== "delete" || onDelete !== "restore"))) return [];
  return displaced.map(({ type, ttl, values }) => ({
    zone: zone ?? name,
    name,
    type,
    before: goes ? side(ttl, values) : null,
    after: goes ? null : side(ttl, values),
    joins: false,
    touched: true,
    proxied: false,
  }));
}

function planned(
  name: string,
  type: string | undefined,
  present: Present,
  wanted: { ttl?: number; values: readonly string[]; mode: "exact" | "merge"; owned: readonly string[] },
): RecordSide | undefined {
  const known = recordTypes.find((candidate) => candidate === type);
  if (known === undefined) return undefined;
  try {
    const { after } = planRecordSet(canonicalSet(name, known, present), { name, type: known, ...wanted });
    return after === undefined ? undefined : side(after.ttl, after.values);
  } catch {
    // A value that is none: the provider refuses it with its reason; the review shows it as it is written.
    return undefined;
  }
}

function canonicalSet(name: string, type: RecordType, present: Present): RecordSet | undefined {
  return present === null || present.values.length === 0 ? undefined : recordSet({ name, type, ...present });
}

function side(ttl: number | null, values: readonly (string | null)[]): RecordSide {
  return { ttl, values: [...values].sort((left, right) => (left ?? "").localeCompare(right ?? "", "en")) };
}

const cloudflareSchema = z.object({
  zoneId: z.string().catch(""),
  name: z.string(),
  type: z.string(),
  ttl: z.number().optional().catch(undefined),
  content: z.string().optional().catch(undefined),
  priority: z.number().optional().catch(undefined),
  proxied: z.boolean().optional().catch(undefined),
});

/** Cloudflare has one resource a value: those of one name and type are one record set. TTL 1 is automatic, about 300 s. */
function cloudflareSets(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  const sets = new Map<string, RecordSetSides>();
  const add = (properties: Properties | undefined, which: "before" | "after", touched: boolean) => {
    const parsed = cloudflareSchema.safeParse(properties ?? {});
    if (!parsed.success) return;
    const { zoneId, name, type, ttl, content, priority, proxied } = parsed.data;
    const full = fullName(name, zoneName);
    const id = `${zoneId} ${full} ${type}`;
    const set = sets.get(id) ?? {
      zone: zoneName ?? zoneId,
      name: full,
      type,
      before: null,
      after: null,
      joins: false,
      touched: false,
      proxied: false,
    };
    const value =
      content === undefined || hasUnknown(content)
        ? null
        : type === "MX"
          ? `${priority ?? 0} ${content}`
          : type === "TXT"
            ? unquoted(content)
            : content;
    const seconds = ttl === undefined ? null : ttl === 1 ? 300 : ttl;
    const present = set[which];
    sets.set(id, {
      ...set,
      [which]: side(seconds, [...(present?.values ?? []), value]),
      touched: set.touched || touched,
      proxied: set.proxied || (which === "after" && proxied === true),
    });
  };
  for (const step of steps) {
    if (isPartOfReplacement(step.op)) continue;
    const touched = step.op !== "same";
    if (step.before !== undefined) add(step.before, "before", touched);
    // What is imported was there before: it is adopted, not made.
    else if (step.op === "import") add(step.after, "before", touched);
    if (step.op !== "delete" && step.after !== undefined) add(step.after, "after", touched);
  }
  return [...sets.values()];
}

const unquoted = (content: string) =>
  [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((part) => part[1]).join("") || content;

function fullName(name: string, zone: string | undefined): string {
  if (zone === undefined || name === zone || name.endsWith(`.${zone}`)) return name;
  return name === "@" ? zone : `${name}.${zone}`;
}

const azureSchema = z.object({
  zoneName: z.string(),
  relativeRecordSetName: z.string().default("@"),
  recordType: z.string(),
  ttl: z.number().optional().catch(undefined),
  mxRecords: z
    .array(z.object({ preference: z.number(), exchange: z.string() }))
    .optional()
    .catch(undefined),
  cnameRecord: z.object({ cname: z.string() }).optional().catch(undefined),
  txtRecords: z
    .array(z.object({ value: z.array(z.string()) }))
    .optional()
    .catch(undefined),
});

function azureSet(step: Step): RecordSetSides[] {
  if (isPartOfReplacement(step.op)) return [];
  const before = step.before ?? (step.op === "import" ? step.after : undefined);
  const after = step.op === "delete" ? undefined : step.after;
  const parsed = azureSchema.safeParse(after ?? before ?? {});
  if (!parsed.success) return [];
  const { zoneName, relativeRecordSetName, recordType } = parsed.data;
  return [
    {
      zone: zoneName,
      name: fullName(relativeRecordSetName, zoneName),
      type: recordType.split("/").at(-1) ?? recordType,
      before: azureSide(before),
      after: azureSide(after),
      joins: false,
      touched: step.op !== "same",
      proxied: false,
    },
  ];
}

function azureSide(properties: Properties | undefined): RecordSide | null {
  const parsed = azureSchema.safeParse(properties);
  if (!parsed.success) return null;
  const { ttl, mxRecords, cnameRecord, txtRecords } = parsed.data;
  const values = [
    ...(mxRecords ?? []).map(({ preference, exchange }) => `${preference} ${exchange}`),
    ...(cnameRecord === undefined ? [] : [cnameRecord.cname]),
    // The strings of one value are chunks of one record (RFC 1035 §3.3.14).
    ...(txtRecords ?? []).map(({ value }) => value.join("")),
  ].map((value) => (hasUnknown(value) ? null : value));
  return side(ttl ?? null, values.length === 0 ? [null] : values);
}
