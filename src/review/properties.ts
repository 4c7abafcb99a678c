import { z } from "zod";
import { stages } from "../plan/index.js";
import type { Properties, Step } from "./engine-output.js";

/**
 * The properties of our resources a review looks at. Each is optional: a preview leaves out what is not known yet, and
 * state written by another version may lack it.
 */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const strings = z.array(z.string()).optional().catch(undefined);
const set = z
  .object({ ttl: z.number(), values: z.array(z.string()) })
  .nullish()
  .catch(undefined);

const stageSchema = z.object({
  domain: text,
  stage: z.enum(stages).optional().catch(undefined),
  furthest: z.enum(stages).optional().catch(undefined),
  batches: z.record(z.string(), z.string()).default({}).catch({}),
  waive: z
    .array(z.object({ gate: z.string(), reason: z.string() }))
    .default([])
    .catch([]),
});
const batchSchema = z.object({
  wave: text,
  domain: text,
  mailboxes: text,
  parts: z.record(z.string(), z.string()).optional().catch(undefined),
  started: z.boolean().optional().catch(undefined),
  endpoint: text,
  retryFailed: number,
  notificationEmails: strings,
  status: text,
  total: number,
  synced: number,
  failed: number,
});
const licenseSchema = z.object({
  wave: text,
  mailboxes: number,
  licenses: z
    .union([z.object({ sku: z.string() }), z.object({ group: z.string() })])
    .optional()
    .catch(undefined),
  licensed: number,
  waiting: number,
  failedCount: number,
  firstDeadline: z.string().nullish().catch(undefined),
  failures: strings,
});
const conversionSchema = z.object({
  wave: text,
  mailboxes: number,
  converted: number,
  waiting: number,
  convert: strings,
  skipped: strings,
  skippedCount: number,
  snapshot: text,
  snapshots: text,
  report: text,
  cloudCsv: text,
});
const telephonySchema = z.object({
  wave: text,
  unifiedMessaging: z.enum(["disable", "enable"]).optional().catch(undefined),
  snapshots: text,
  disabled: number,
  enabled: number,
  failed: number,
  kept: z.string().nullish().catch(undefined),
});
const permissionSchema = z.object({ account: text, added: z.boolean().optional().catch(undefined) });
const manualSchema = z.object({ values: strings, ttl: number });
const removalSchema = z.object({
  records: z
    .array(z.object({ type: z.string(), values: z.array(z.string()) }))
    .optional()
    .catch(undefined),
});
const gateSchema = z.object({
  stage: text,
  passedAt: text,
  facts: strings,
  waived: strings,
  lowered: z.object({ observedAt: z.string().nullable() }).optional().catch(undefined),
});
const recordSchema = z.object({
  zone: text,
  name: text,
  type: text,
  ttl: number,
  values: z.array(z.unknown()).optional().catch(undefined),
  mode: z.enum(["exact", "merge"]).optional().catch(undefined),
  onDelete: text,
  tenantMx: strings,
  formerMx: strings,
  former: set,
  seen: set,
  live: set,
  owned: strings,
  displaced: z
    .array(z.object({ type: z.string(), ttl: z.number(), values: z.array(z.string()) }))
    .optional()
    .catch(undefined),
});
const baselineSchema = z.object({ domain: text, mx: set });
const verificationSchema = z.object({ mx: strings, verified: z.boolean().optional().catch(undefined) });

/** Reads properties of one kind; what is missing or unknown is undefined. */
const reader =
  <S extends z.ZodType>(schema: S) =>
  (properties: Properties | undefined): z.output<S> =>
    schema.parse(properties ?? {});

export const stageProperties = reader(stageSchema);
/** `mailboxes` and `parts` are for `unpackParts`. */
export const batchProperties = reader(batchSchema);
export const licenseProperties = reader(licenseSchema);
export const conversionProperties = reader(conversionSchema);
export const telephonyProperties = reader(telephonySchema);
export const permissionProperties = reader(permissionSchema);
export const manualProperties = reader(manualSchema);
export const removalProperties = reader(removalSchema);
export const gateProperties = reader(gateSchema);
export const recordProperties = reader(recordSchema);
export const baselineProperties = reader(baselineSchema);
export const verificationProperties = reader(verificationSchema);

/** Inputs and outputs of a step's two sides in one, inputs winning. */
export function sidesOf(step: Step): { before: Properties | undefined; after: Properties | undefined } {
  return {
    before: step.before === undefined ? undefined : { ...step.outputsBefore, ...step.before },
    after: step.after === undefined ? undefined : { ...step.outputsAfter, ...step.after },
  };
}
