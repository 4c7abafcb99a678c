import { z } from "zod";
import { alarmCodes } from "./alarms.js";
import { behaviourSchema } from "./behaviour.js";
import { storedRecordSchema } from "./cloudflare/records.js";
import type { LabDnsOptions } from "./dns/index.js";
import type {
  BatchRecord,
  DomainRecord,
  EndpointRecord,
  MigrationUserRecord,
  NamedRecords,
  Person,
} from "./state.js";
import type { TenantSnapshot } from "./tenant.js";
import { maybe, recordSet, service, worldSchema } from "./world-schema.js";

const instant = z.number();

const person = z.strictObject({
  id: z.string(),
  emailAddress: z.string(),
  displayName: z.string(),
  wave: maybe(z.string()),
  sizeMb: z.number(),
  fault: maybe(z.string()),
  usageLocation: maybe(z.string()),
  usageLocationBefore: maybe(z.strictObject({ value: maybe(z.string()), until: instant })),
  licenses: z.array(
    z.strictObject({ skuId: z.string(), disabledPlans: z.array(z.string()), byGroup: maybe(z.string()) }),
  ),
  mailbox: maybe(
    z.strictObject({
      guid: z.string(),
      createdAt: instant,
      unlicensedSince: maybe(instant),
      disabledAt: maybe(instant),
      kind: maybe(z.enum(["shared", "room", "equipment"])),
    }),
  ),
  licenseErrors: maybe(
    z.array(
      z.strictObject({
        skuId: z.string(),
        byGroup: z.string(),
        error: z.enum([
          "CountViolation",
          "MutuallyExclusiveViolation",
          "DependencyViolation",
          "ProhibitedInUsageLocationViolation",
        ]),
      }),
    ),
  ),
  aliases: maybe(z.array(z.string())),
  anchor: maybe(z.string()),
  nickname: maybe(z.string()),
  disabled: maybe(z.literal(true)),
  syncedAt: maybe(instant),
}) satisfies z.ZodType<Person>;

/** What a tenant names for a domain's mail in place of the usual. */
export const namedRecords = z.strictObject({
  mailExchange: z.string().optional(),
  preference: z.int().nonnegative().optional(),
  autodiscover: z.string().nullish(),
}) satisfies z.ZodType<NamedRecords>;

const domain = z.strictObject({
  id: z.string(),
  isInitial: z.boolean(),
  isDefault: z.boolean(),
  isVerified: z.boolean(),
  supportedServices: z.array(z.string()),
  verificationCode: z.string(),
  emailSince: maybe(instant),
  named: maybe(namedRecords),
}) satisfies z.ZodType<DomainRecord>;

const endpoint = z.strictObject({
  guid: z.string(),
  name: z.string(),
  exchangeServer: z.string(),
  rpcProxyServer: z.string(),
  nspiServer: maybe(z.string()),
  useAutoDiscover: z.boolean(),
  emailAddress: maybe(z.string()),
  authentication: z.string(),
  mailboxPermission: maybe(z.string()),
  testMailbox: maybe(z.string()),
  sourceMailboxLegacyDN: maybe(z.string()),
  acceptUntrustedCertificates: z.boolean(),
  maxConcurrentMigrations: z.string(),
  maxConcurrentIncrementalSyncs: z.string(),
  userName: z.string(),
  password: z.string(),
  createdAt: instant,
  changedAt: instant,
}) satisfies z.ZodType<EndpointRecord>;

const migrationUser = z.strictObject({
  guid: z.string(),
  emailAddress: z.string(),
  addedAt: instant,
  validatingAt: maybe(instant),
  provisionedAt: maybe(instant),
  endsAt: maybe(instant),
  lane: maybe(z.number()),
  error: maybe(z.string()),
  outcome: maybe(z.string()),
  attempts: z.number(),
  provisioned: maybe(z.boolean()),
  ended: maybe(z.boolean()),
  stoppedAt: maybe(instant),
  syncNowAt: maybe(instant),
}) satisfies z.ZodType<MigrationUserRecord>;

const batch = z.strictObject({
  guid: z.string(),
  name: z.string(),
  migrationType: z.enum(["ExchangeStagedMigration", "ExchangeCutoverMigration"]),
  endpoint: z.string(),
  createdAt: instant,
  startAfter: maybe(instant),
  completeAfter: maybe(instant),
  startedAt: maybe(instant),
  stopRequestedAt: maybe(instant),
  expired: maybe(z.boolean()),
  removeRequestedAt: maybe(instant),
  touchedAt: instant,
  syncNowAt: maybe(instant),
  daily: maybe(z.boolean()),
  notificationEmails: z.array(z.string()),
  reportInterval: z.string(),
  skipReports: z.boolean(),
  timeZone: z.string(),
  validationWarnings: z.array(z.string()),
  users: z.array(migrationUser),
}) satisfies z.ZodType<BatchRecord>;

const tenant = z.strictObject({
  createdAt: instant,
  people: z.array(person),
  domains: z.array(domain),
  domainsCreated: z.number(),
  endpoints: z.array(endpoint),
  batches: z.array(batch),
  goneBatches: z.array(
    z.strictObject({ name: z.string(), why: z.enum(["removed", "expired"]), at: instant }),
  ),
  groups: z.array(
    z.strictObject({
      id: z.string(),
      displayName: z.string(),
      skuId: z.string(),
      disabledPlans: maybe(z.array(z.string())),
      unlicensed: maybe(z.boolean()),
      membershipRule: maybe(z.string()),
      members: z.array(z.string()),
      pending: z.array(z.tuple([z.string(), instant])),
    }),
  ),
  alarms: z.array(
    z.strictObject({
      code: z.enum(alarmCodes),
      subject: z.string(),
      reason: z.string(),
      at: z.string(),
    }),
  ),
  mxAtMicrosoftSince: maybe(instant),
  seats: maybe(z.record(z.string(), z.number())),
}) satisfies z.ZodType<TenantSnapshot>;

const zone = z.strictObject({
  name: z.string(),
  primary: maybe(z.string()),
  serial: maybe(z.number()),
  negativeTtl: maybe(z.number()),
  records: z.array(recordSet),
  services: maybe(z.array(service)),
}) satisfies z.ZodType<LabDnsOptions["zones"][number]>;

const directoryRecord = z.strictObject({
  dn: z.string(),
  attributes: z.record(z.string(), z.array(z.union([z.string(), z.strictObject({ base64: z.string() })]))),
});

/** The ports a lab listens on, kept so that plans, states and tokens of an earlier run still fit. */
const ports = z.strictObject({
  authority: z.number(),
  graph: z.number(),
  exchange: z.number(),
  regional: z.number(),
  control: z.number(),
  dns: z.number(),
  resolver: z.number(),
  ldaps: z.number(),
  ldap: z.number().optional(),
  rpcProxy: z.number(),
  dnsHost: z.number().optional(),
});

/** The state file of a lab: everything a restart needs, secrets of the lab included. */
export const stateFileSchema = z.strictObject({
  version: z.literal(1),
  world: worldSchema,
  clockOffsetMs: z.number(),
  authority: z.string(),
  tokenSecret: z.string(),
  ports,
  behaviour: behaviourSchema,
  tenant,
  zones: z.array(zone),
  cloudflareRecords: z.array(storedRecordSchema).default([]),
  directory: z.array(directoryRecord),
});

/** What a state file holds. */
export type StateFile = z.output<typeof stateFileSchema>;
