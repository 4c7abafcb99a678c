import { z } from "zod";
import { dnsSchema } from "./dns-plan.js";
import { dnsName, guid, serviceUrl } from "./names.js";
import { inconsistencies } from "./rules-between-fields.js";
import { conversionSchema, directorySchema, sourceSchema } from "./source-plan.js";
import { gateNames, stages } from "./stages.js";
import { loweredMxTtl } from "./ttl.js";
import { stackName, waveSchema } from "./wave-plan.js";

const tenantSchema = z.strictObject({
  id: guid.describe("Directory (tenant) id. Change: another organization; use another stack"),
  cloud: z
    .enum(["worldwide", "gcchigh", "dod", "china"])
    .default("worldwide")
    .describe("National cloud of the organization. Change: another organization; use another stack"),
  endpoints: z
    .strictObject({
      authority: serviceUrl.describe("Sign-in. Change: takes effect at the next request"),
      graph: serviceUrl.describe("Microsoft Graph. Change: takes effect at the next request"),
      exchange: serviceUrl.describe("Exchange Online admin API. Change: takes effect at the next request"),
    })
    .optional()
    .describe(
      "Base URLs in place of the cloud's own, such as the lab's. Change: takes effect at the next request",
    ),
});

const mxSchema = z.strictObject({
  migrationTtl: z
    .int()
    .min(60)
    .max(loweredMxTtl)
    .default(loweredMxTtl)
    .describe("TTL of the MX records from prepare to retire, in seconds. Change: updates the records"),
  finalTtl: z
    .int()
    .min(60)
    .max(604_800)
    .optional()
    .describe(
      "TTL of the MX records from retire on, in seconds; default: what it was before. Change: updates the records",
    ),
});

const licensesSchema = z.union([
  z.strictObject({
    sku: z
      .string()
      .min(1)
      .describe(
        "skuPartNumber or skuId of the licence. Change: licences the users anew; the former licence stays",
      ),
    usageLocation: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be a two-letter ISO 3166 country code in capitals, such as US")
      .optional()
      .describe(
        "Two-letter country code for users who have none; default: such a user is an error. Change: concerns users licensed later",
      ),
    disabledPlans: z
      .array(guid)
      .default([])
      .describe(
        "servicePlanId of each plan of the licence to leave out, never that of Exchange Online; what somebody left out by hand stays out. Change: updates the users' licences",
      ),
    removeOnDestroy: z
      .boolean()
      .default(false)
      .describe(
        "Whether destroy takes the licences away again, refused as long as the wave's batches may not be deleted. Change: takes effect at destroy",
      ),
  }),
  z.strictObject({
    group: guid.describe(
      "Object id of the group that carries the licence; the waves' users become members. Change: makes them members of the new group",
    ),
  }),
]);

const waiverSchema = z.strictObject({
  gate: z
    .enum(gateNames)
    .describe("The gate whose refusal is let pass. Change: takes effect at the next preview"),
  reason: z
    .string()
    .trim()
    .min(10, "must say why, in at least 10 characters")
    .describe("Why, for the reviewer; at least 10 characters. Change: recorded in state"),
});

/** The plan of one migration: the whole of what a pull request changes. Kept in stack config as `mailstage:plan`. */
export const planSchema = z
  .strictObject({
    stage: z
      .enum(stages)
      .describe(
        "How far the domain's migration is to go. Change: moves it, one stage at a time in either direction, through the gates",
      ),
    domain: dnsName.describe("The on-premises e-mail domain. Change: another migration; use another stack"),
    tenant: tenantSchema.describe(
      "The Microsoft 365 organization. Change: another organization; use another stack",
    ),
    dns: dnsSchema.describe("Where the domain's zone is hosted. Change: replaces the records"),
    mx: mxSchema.prefault({}).describe("TTLs of the domain's MX records. Change: updates the records"),
    verification: z
      .enum(["txt", "mx"])
      .default("txt")
      .describe(
        "The record that proves ownership of the domain. Change: replaces that record until verified",
      ),
    spf: z
      .enum(["keep", "add"])
      .default("keep")
      .describe(
        "add: at migrate, before the first user is converted, merge the tenant's include into the domain's SPF record. Change: updates the TXT record set",
      ),
    cloudNamespace: dnsName
      .optional()
      .describe(
        "The domain that users' Outlook looks for in the cloud: at complete autodiscover.<it> becomes the tenant's; in the zone of dns; default: the domain. Change: moves that record at complete",
      ),
    source: sourceSchema.describe("The on-premises Exchange organization. Change: updates the endpoint"),
    directory: directorySchema.describe(
      "The on-premises Active Directory. Change: takes effect at the next connection",
    ),
    signOn: z
      .enum(["cloud", "adfs"])
      .default("cloud")
      .describe(
        "How users sign in; adfs: single sign-on by AD FS, where ForceChangePassword must be False. Change: checks the CSVs anew",
      ),
    domainStack: stackName
      .optional()
      .describe(
        "Name of the stack that moves the domain, where the plan is split and waves name stacks of their own; default: one stack does everything. Change: splits the plan or joins it again",
      ),
    waves: z
      .array(waveSchema)
      .min(1, "must have at least one wave")
      .describe(
        "The waves; each becomes one migration batch, or several over 2,000 rows. Change: a new wave is migrated; a removed one is deleted from the service, which is refused before retire",
      ),
    licenses: licensesSchema.describe(
      "How the migrated users are licensed: by sku, user by user, or by a group. Change: licences the users anew",
    ),
    conversion: conversionSchema
      .prefault({})
      .describe("How mailboxes on premises become mail users. Change: concerns users not converted yet"),
    waive: z
      .array(waiverSchema)
      .default([])
      .describe(
        "Gates whose refusals are let pass, each with its reason; shown in the review and recorded in state. Change: takes effect at the next preview",
      ),
  })
  .superRefine((plan, context) => {
    for (const { path, message, rule } of inconsistencies(plan))
      context.addIssue({ code: "custom", path: [...path], message, params: { rule } });
  });

/** A plan that has passed its schema. */
export type Plan = z.output<typeof planSchema>;
/** A plan as it is written, before defaults. */
export type PlanInput = z.input<typeof planSchema>;
/** One wave of the plan. */
export type WavePlan = Plan["waves"][number];
/** The DNS host of the plan. */
export type DnsPlan = Plan["dns"];
