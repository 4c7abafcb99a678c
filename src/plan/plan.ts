import { z } from "zod";
import { gateNames, stages } from "./stages.js";

/** A DNS name without a trailing dot; IDN is accepted here and turned into A-labels by `src/dns`. */
const dnsName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(?!-)[^\s/@:]+\.[^\s/@:.]+$/u, "must be a domain name such as contoso.com, without a trailing dot")
  .transform((name) => name.toLowerCase());

/** A host to connect to, with an optional port: `10.0.0.53` or `127.0.0.1:5353`. */
const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s/:]+)(:\d{1,5})?$/i, "must be host or host:port");

const guid = z.guid();
const seconds = z.int().nonnegative();

/**
 * A batch's name: the seed allows no spaces and no special characters, Exchange at most 64 characters
 * (New-MigrationBatch -Name, checked 2026-11). Letters, digits, `-` and `_`.
 */
const batchName = z
  .string()
  .min(1)
  .max(64, "must have at most 64 characters")
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    "must have no spaces or special characters: letters, digits, - and _ only",
  );

const batch = z.strictObject({
  name: batchName.describe("Name of the migration batch in Exchange Online; a change replaces the batch"),
  csv: z
    .string()
    .regex(/\.(csv|txt)$/i, "must be a .csv or .txt file")
    .describe("The list of mailboxes, relative to the folder of Pulumi.yaml"),
  phase: z
    .enum(["created", "started", "converted"])
    .default("started")
    .describe(
      "created: uploaded only; started: copying; converted: also turn synced on-premises mailboxes into mail users",
    ),
  wait: seconds
    .default(0)
    .describe("How long one `pulumi up` may wait for the batch to be synced, in seconds; 0 does not wait"),
  notificationEmails: z.array(z.email()).optional().describe("Who Exchange mails about the batch's progress"),
  unifiedMessaging: z
    .enum(["keep", "disable", "enable"])
    .default("keep")
    .describe("disable before migration, enable after it (seed, Prepare step 5)"),
  convert: z
    .array(z.email())
    .optional()
    .describe(
      "Addresses to convert although their migration status is not Synced; each one is named in the preview",
    ),
});

const tsigKey = z.strictObject({
  name: dnsName.or(z.string().regex(/^[A-Za-z0-9._-]+$/)).describe("The key's name on the server"),
  algorithm: z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]).default("hmac-sha256"),
});

const observation = {
  nameServers: z
    .array(hostPort)
    .min(1)
    .optional()
    .describe("Authoritative servers to observe, host or host:port; default: the zone's NS set, port 53"),
  resolvers: z
    .array(hostPort)
    .optional()
    .describe("Recursive resolvers to observe as well, host or host:port; default: the system's"),
};

const dns = z.discriminatedUnion("host", [
  z.strictObject({
    host: z.literal("rfc2136"),
    server: hostPort.describe("The primary server that takes updates, host or host:port"),
    zone: dnsName.optional().describe("The zone; default: the domain"),
    key: tsigKey
      .optional()
      .describe("TSIG key; its secret comes from MAILSTAGE_TSIG_SECRET or mailstage:tsigSecret"),
    transport: z.enum(["udp", "tcp"]).default("tcp"),
    ...observation,
  }),
  z.strictObject({
    host: z.literal("cloudflare"),
    zoneId: z.string().regex(/^[0-9a-f]{32}$/i, "must be the 32 hexadecimal digits of the zone's id"),
    zone: dnsName.optional(),
    ...observation,
  }),
  z.strictObject({
    host: z.literal("azure"),
    subscriptionId: guid.optional(),
    resourceGroup: z.string().min(1),
    zone: dnsName.optional(),
    ...observation,
  }),
  z.strictObject({ host: z.literal("manual"), zone: dnsName.optional(), ...observation }),
]);

/** The plan of one migration: the whole of what a pull request changes. Kept in stack config as `mailstage:plan`. */
export const planSchema = z
  .strictObject({
    stage: z
      .enum(stages)
      .describe("How far the domain's migration has got; a pull request moves it one stage at a time"),
    domain: dnsName.describe("The on-premises e-mail domain"),
    tenant: z
      .strictObject({
        id: guid.describe("Directory (tenant) id"),
        cloud: z.enum(["worldwide", "gcchigh", "dod", "china"]).default("worldwide"),
        endpoints: z
          .strictObject({ authority: z.url(), graph: z.url(), exchange: z.url() })
          .optional()
          .describe("Base URLs in place of the cloud's own"),
      })
      .describe("The Microsoft 365 organization"),
    dns: dns.describe("Where the domain's zone is hosted"),
    mx: z
      .strictObject({
        migrationTtl: z
          .int()
          .min(60)
          .max(3600)
          .default(3600)
          .describe("MX TTL during the migration, seconds"),
        finalTtl: z
          .int()
          .min(60)
          .max(604_800)
          .optional()
          .describe("MX TTL from retire on, seconds; default: what it was"),
      })
      .prefault({}),
    verification: z
      .enum(["txt", "mx"])
      .default("txt")
      .describe("The record that proves ownership of the domain"),
    spf: z
      .enum(["keep", "add"])
      .default("keep")
      .describe("add: at route, merge the tenant's include into the domain's SPF record"),
    source: z
      .strictObject({
        testMailbox: z
          .email()
          .describe("A mailbox that will be migrated; the service tests the connection with it"),
        account: z
          .string()
          .regex(/^[^\\\s@]+\\[^\\\s]+$|^[^@\s]+@[^@\s]+$/, "must be DOMAIN\\user or an e-mail address")
          .describe("The migration administrator on premises"),
        exchangeServer: dnsName
          .optional()
          .describe("FQDN of the on-premises Exchange server; absent: Autodiscover"),
        rpcProxyServer: dnsName.optional().describe("FQDN of the RPC proxy server for Outlook Anywhere"),
        rpcProxyPort: z.int().min(1).max(65_535).default(443),
        authentication: z.enum(["Basic", "Ntlm"]).default("Basic"),
        endpointName: batchName.prefault("mailstage").describe("Name of the migration endpoint"),
        mailboxPermission: z.enum(["Admin", "FullAccess"]).optional(),
        credentials: z
          .enum(["powershell", "rest", "adopt"])
          .default("powershell")
          .describe("How endpoint credentials travel; adopt: an administrator made the endpoint by hand"),
        exchange: z.enum(["2003", "2007"]).default("2007").describe("Flavour of the conversion"),
      })
      .refine((source) => (source.exchangeServer === undefined) === (source.rpcProxyServer === undefined), {
        message: "exchangeServer and rpcProxyServer go together: give both, or neither for Autodiscover",
      })
      .refine((source) => source.exchange !== "2003" || source.exchangeServer !== undefined, {
        message: "Exchange 2003 has no Autodiscover: give exchangeServer and rpcProxyServer",
      })
      .describe("The on-premises Exchange organization"),
    directory: z
      .strictObject({
        url: z
          .string()
          .regex(/^ldaps?:\/\/[^\s/]+\/?$/i, "must be ldaps://host[:port], or ldap:// with StartTLS"),
        baseDn: z.string().min(3).describe("Where the users are"),
        bindDn: z.string().min(3).describe("The account that reads and converts users"),
        pageSize: z.int().min(1).max(1000).default(500),
      })
      .describe("The on-premises Active Directory; ldap:// is upgraded by StartTLS, TLS is always verified"),
    signOn: z
      .enum(["cloud", "adfs"])
      .default("cloud")
      .describe("adfs: single sign-on by AD FS, where ForceChangePassword must be False"),
    batches: z
      .array(batch)
      .min(1)
      .describe("The waves; each becomes one migration batch, or several over 2,000 rows"),
    licenses: z
      .union([
        z.strictObject({
          sku: z.string().min(1).describe("skuPartNumber or skuId of the licence"),
          usageLocation: z
            .string()
            .regex(/^[A-Z]{2}$/, "must be a two-letter ISO 3166 country code, such as US")
            .optional()
            .describe("Set where a user has none; without it such a user is an error"),
          disabledPlans: z.array(guid).default([]),
          removeOnDestroy: z.boolean().default(false),
        }),
        z.strictObject({
          group: guid.describe("Group that carries the licence; the wave's users become members"),
        }),
      ])
      .describe("How the migrated users are licensed"),
    conversion: z
      .strictObject({
        snapshots: z
          .string()
          .default("snapshots")
          .describe("Folder for the snapshots taken before conversion"),
        recipientTypeDetails: z
          .enum(["128", "remove"])
          .default("128")
          .describe("msExchRecipientTypeDetails of a converted user: 128 (mail user) or removed"),
      })
      .prefault({}),
    waive: z
      .array(
        z.strictObject({
          gate: z.enum(gateNames),
          reason: z.string().min(10, "must say why, in at least 10 characters"),
        }),
      )
      .default([])
      .describe("Gates that are not asked, each with its reason; shown in the review and recorded in state"),
  })
  .superRefine((plan, context) => {
    const seen = new Map<string, number>();
    plan.batches.forEach((item, index) => {
      const key = item.name.toLowerCase();
      const first = seen.get(key);
      if (first !== undefined)
        context.addIssue({
          code: "custom",
          path: ["batches", index, "name"],
          message: `is also the name of batches[${first}]`,
        });
      else seen.set(key, index);
    });
    plan.batches.forEach((item, index) => {
      const base = /^(.+)-\d+$/.exec(item.name.toLowerCase())?.[1];
      if (base !== undefined && seen.has(base) && seen.get(base) !== index)
        context.addIssue({
          code: "custom",
          path: ["batches", index, "name"],
          message: `is reserved for the part of batch ${base} beyond its first 2,000 rows; choose another name`,
        });
    });
  });

/** A plan that has passed its schema. */
export type Plan = z.output<typeof planSchema>;
/** A plan as it is written, before defaults. */
export type PlanInput = z.input<typeof planSchema>;
/** One wave of the plan. */
export type BatchPlan = Plan["batches"][number];
/** The DNS host of the plan. */
export type DnsPlan = Plan["dns"];
