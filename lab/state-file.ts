import { z } from "zod";
import { recordTypes } from "../src/dns/index.js";
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
import type { World, WorldSku } from "./world.js";

const instant = z.number();
const maybe = <T extends z.ZodType>(schema: T) => schema.exactOptional();

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
  readsWhileRemoving: z.number(),
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

const recordSet = z.strictObject({
  name: z.string(),
  type: z.enum(recordTypes),
  ttl: z.number(),
  values: z.array(z.string()),
});

const service = z.strictObject({ name: z.string(), ttl: z.number(), value: z.string() });

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

const sku = z.strictObject({
  skuPartNumber: z.string(),
  skuId: z.string(),
  seats: z.number(),
  servicePlans: maybe(
    z.array(
      z.strictObject({
        servicePlanId: z.string(),
        servicePlanName: z.string(),
        appliesTo: maybe(z.enum(["User", "Company"])),
        dependsOn: maybe(z.string()),
      }),
    ),
  ),
  appliesTo: maybe(z.enum(["User", "Company"])),
  prohibitedIn: maybe(z.array(z.string())),
}) satisfies z.ZodType<WorldSku>;

const world = z.strictObject({
  domain: z.string(),
  tenantId: z.string(),
  initialDomain: z.string(),
  mailExchange: z.string(),
  mailboxes: z.array(
    z.strictObject({
      emailAddress: z.string(),
      displayName: maybe(z.string()),
      wave: maybe(z.string()),
      sizeMb: maybe(z.number()),
      fault: maybe(
        z.enum([
          "not-found",
          "quota",
          "access-denied",
          "not-mail-user",
          "transient",
          "skipped-items",
          "slow",
        ]),
      ),
      usageLocation: maybe(z.string()),
      password: maybe(z.string()),
      unifiedMessaging: maybe(z.boolean()),
      protectedAccount: maybe(z.boolean()),
      aliases: maybe(z.array(z.string())),
      kind: maybe(z.enum(["shared", "room", "equipment", "linked", "system"])),
    }),
  ),
  zone: z.array(recordSet),
  zoneName: maybe(z.string()),
  services: maybe(z.array(service)),
  source: z.strictObject({
    account: z.string(),
    password: z.string(),
    exchangeServer: z.string(),
    rpcProxyServer: z.string(),
    testMailbox: z.string(),
    rights: maybe(z.enum(["targetAddress", "granted"])),
    authentication: z.enum(["Basic", "Ntlm"]),
    existingEndpoint: maybe(z.string()),
  }),
  sku,
  otherSkus: maybe(z.array(sku)),
  licenseGroup: maybe(z.string()),
  licenseGroupWithout: maybe(z.array(z.string())),
  directory: z.strictObject({
    baseDn: z.string(),
    bindDn: z.string(),
    password: z.string(),
    exchange: z.enum(["2003", "2007"]),
    rights: maybe(z.enum(["admin", "delegate"])),
  }),
  tsig: z.strictObject({
    name: z.string(),
    algorithm: z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]),
    secret: z.string(),
  }),
  application: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
}) satisfies z.ZodType<World>;

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
  world,
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
