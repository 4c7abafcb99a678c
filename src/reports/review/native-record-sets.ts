import { z } from "zod";
import { hasUnknown, type Properties, type Step } from "../shared/engine-output.js";
import type { RecordSide } from "./model.js";
import { isPartOfReplacement, type RecordSetSides, side } from "./record-set-sides.js";

const cloudflareType = "cloudflare:index/dnsRecord:DnsRecord";
const azureType = "azure-native:dns:RecordSet";

/** Whether a step is of a resource of Cloudflare's or Azure's own provider. */
export const isNative = ({ type }: Pick<Step, "type">): boolean =>
  type === cloudflareType || type === azureType;

/**
 * Whether the record of a native resource is the same before and after. What its provider knows besides, such as `proxied: false`
 * which it leaves out of what it imports, and the date of a change, is none of the record.
 */
export function isSameRecord(step: Step): boolean {
  const isProxied = (properties: Properties | undefined) => properties?.["proxied"] === true;
  return (
    isProxied(step.before) === isProxied(step.after) &&
    nativeRecordSets([step], undefined).every(
      ({ before, after }) => JSON.stringify(before) === JSON.stringify(after),
    )
  );
}

/** Record sets as the resources of Cloudflare's and Azure's own Pulumi providers show them. */
export function nativeRecordSets(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  return [
    ...cloudflareSets(
      steps.filter(({ type }) => type === cloudflareType),
      zoneName,
    ),
    ...steps.filter(({ type }) => type === azureType).flatMap(azureSet),
  ];
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
  aRecords: z
    .array(z.object({ ipv4Address: z.string() }))
    .optional()
    .catch(undefined),
  aaaaRecords: z
    .array(z.object({ ipv6Address: z.string() }))
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
  const { ttl, mxRecords, cnameRecord, txtRecords, aRecords, aaaaRecords } = parsed.data;
  const values = [
    ...(mxRecords ?? []).map(({ preference, exchange }) => `${preference} ${exchange}`),
    ...(cnameRecord === undefined ? [] : [cnameRecord.cname]),
    // The strings of one value are chunks of one record (RFC 1035 §3.3.14).
    ...(txtRecords ?? []).map(({ value }) => value.join("")),
    ...(aRecords ?? []).map(({ ipv4Address }) => ipv4Address),
    ...(aaaaRecords ?? []).map(({ ipv6Address }) => ipv6Address),
  ].map((value) => (hasUnknown(value) ? null : value));
  return side(ttl ?? null, values.length === 0 ? [null] : values);
}
