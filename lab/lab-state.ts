import { defined } from "../src/base/defined.js";
import { onceForEach } from "../src/base/once-for-each.js";
import type { AttributeValues } from "../src/on-premises/directory/index.js";
import type { Alarm } from "./alarms.js";
import type { Behaviour } from "./behaviour.js";
import type { DirectoryRecord } from "./directory/index.js";
import type { LabDns } from "./dns/index.js";
import { mergedLicenses } from "./licenses.js";
import { batchCounts, batchStatus, failure, hasEnded, userStatus } from "./migration/status.js";
import type { LabPremises } from "./premises.js";
import type { BatchRecord, EndpointRecord, Instant, Person } from "./state.js";
import type { Tenant } from "./tenant.js";

/** Everything of a lab as plain JSON: what `GET /state` answers and a demo's or test's last check reads. No secrets. */
export interface LabState {
  /** The lab's time. */
  readonly now: string;
  readonly tenantId: string;
  readonly domains: readonly {
    readonly id: string;
    readonly isVerified: boolean;
    readonly isDefault: boolean;
    readonly isInitial: boolean;
    readonly supportedServices: readonly string[];
  }[];
  readonly endpoints: readonly (Omit<EndpointRecord, "password" | "createdAt" | "changedAt"> & {
    readonly createdAt: string;
  })[];
  readonly batches: readonly {
    readonly name: string;
    readonly guid: string;
    readonly status: string;
    readonly migrationType: BatchRecord["migrationType"];
    /** Name of the endpoint. */
    readonly endpoint: string;
    readonly createdAt: string;
    readonly startedAt?: string;
    readonly lastSyncedAt?: string;
    readonly totalCount: number;
    readonly syncedCount: number;
    readonly failedCount: number;
    readonly activeCount: number;
    readonly stoppedCount: number;
    readonly users: readonly {
      readonly emailAddress: string;
      readonly status: string;
      readonly error?: string;
    }[];
  }[];
  /** Names of batches that existed and are gone, with how each went: `removed` by hand or `expired`. */
  readonly goneBatches: readonly {
    readonly name: string;
    readonly why: "removed" | "expired";
    readonly at: string;
  }[];
  readonly mailboxes: readonly {
    readonly id: string;
    readonly emailAddress: string;
    readonly userPrincipalName: string;
    readonly wave?: string;
    readonly recipientType: "MailUser" | "UserMailbox" | "User";
    readonly usageLocation?: string;
    readonly licenses: readonly string[];
    /** Service plans that are off in these; absent where none is. */
    readonly disabledPlans?: readonly string[];
    readonly exchangeGuid?: string;
    readonly legacyExchangeDN?: string;
    readonly mailboxCreatedAt?: string;
    readonly mailboxDisabledAt?: string;
    readonly syncedAt?: string;
  }[];
  readonly licenses: readonly {
    readonly skuId: string;
    readonly skuPartNumber: string;
    readonly enabled: number;
    readonly consumed: number;
  }[];
  readonly groups: readonly {
    readonly id: string;
    readonly displayName: string;
    readonly members: readonly string[];
  }[];
  /** Where mail for the domain is sent: by the MX that stands, and by former ones that others may still remember. */
  readonly mailGoesTo: readonly string[];
  /** The zone as the authoritative server holds it. */
  readonly zone: readonly ZoneRecordSet[];
  /** The on-premises directory, each entry's attributes as strings (binary ones in base64). */
  readonly directory: readonly ToldEntry[];
  readonly alarms: readonly Alarm[];
}

/** An entry of the directory in `LabState`, octets as base64. */
interface ToldEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** A record set in `LabState`: `name` and host names without a trailing dot. */
export interface ZoneRecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly values: readonly string[];
}

const iso = (at: Instant) => new Date(at).toISOString();

/** Everything of a lab as plain JSON, without secrets. */
export function labState(
  tenant: Tenant,
  premises: LabPremises,
  dns: LabDns,
  behaviour: Behaviour,
  mailGoesTo: readonly string[],
  now: Instant,
): LabState {
  const endpointName = (guid: string) =>
    tenant.endpoints.find((endpoint) => endpoint.guid === guid)?.name ?? guid;
  return {
    now: iso(now),
    tenantId: tenant.world.tenantId,
    domains: [...tenant.domains.values()].map(
      ({ id, isVerified, isDefault, isInitial, supportedServices }) => ({
        id,
        isVerified,
        isDefault,
        isInitial,
        supportedServices,
      }),
    ),
    endpoints: tenant.endpoints.map(({ password: _, createdAt, changedAt: __, ...endpoint }) => ({
      ...endpoint,
      createdAt: iso(createdAt),
    })),
    batches: tenant.batches.map((batch) => batchState(batch, endpointName(batch.endpoint), behaviour, now)),
    goneBatches: tenant.goneBatches.map(({ at, ...gone }) => ({ ...gone, at: iso(at) })),
    mailboxes: tenant.people.map((person) => mailboxState(person, tenant)),
    licenses: tenant.licensing.skus.map(({ skuId, skuPartNumber, enabled }) => ({
      skuId,
      skuPartNumber,
      enabled,
      consumed: tenant.licensing.consumed(skuId),
    })),
    groups: [...tenant.groups.values()].map(({ id, displayName, members }) => ({
      id,
      displayName,
      members: [...members],
    })),
    mailGoesTo,
    zone: dns.zones().flatMap(({ records }) => records),
    directory: premises.directory.snapshot().map(toldEntry),
    alarms: tenant.alarms.list,
  };
}

function batchState(
  batch: BatchRecord,
  endpoint: string,
  behaviour: Behaviour,
  now: Instant,
): LabState["batches"][number] {
  const counts = batchCounts(batch, now);
  return {
    name: batch.name,
    guid: batch.guid,
    status: batchStatus(batch, now, behaviour.neverStartedStatus, counts),
    migrationType: batch.migrationType,
    endpoint,
    createdAt: iso(batch.createdAt),
    ...(batch.startedAt === undefined ? {} : { startedAt: iso(batch.startedAt) }),
    ...(counts.lastSyncedAt === undefined ? {} : { lastSyncedAt: iso(counts.lastSyncedAt) }),
    totalCount: counts.total,
    syncedCount: counts.synced,
    failedCount: counts.failed,
    activeCount: counts.active,
    stoppedCount: counts.stopped,
    users: batch.users.map((user) => {
      const error = hasEnded(user, now) ? failure(user) : undefined;
      return {
        emailAddress: user.emailAddress,
        status: userStatus(user, batch, now),
        ...defined({ error }),
      };
    }),
  };
}

function mailboxState(person: Person, tenant: Tenant): LabState["mailboxes"][number] {
  const { mailbox } = person;
  return {
    id: person.id,
    emailAddress: person.emailAddress,
    userPrincipalName: tenant.principalName(person),
    ...defined({ wave: person.wave }),
    recipientType: tenant.recipientType(person),
    ...defined({ usageLocation: person.usageLocation }),
    licenses: mergedLicenses(person.licenses).map(({ skuId }) => skuId),
    ...plansOff(person),
    ...(mailbox === undefined
      ? {}
      : {
          exchangeGuid: mailbox.guid,
          legacyExchangeDN: tenant.legacyExchangeDN(person),
          mailboxCreatedAt: iso(mailbox.createdAt),
          ...(mailbox.disabledAt === undefined ? {} : { mailboxDisabledAt: iso(mailbox.disabledAt) }),
        }),
    ...(person.syncedAt === undefined ? {} : { syncedAt: iso(person.syncedAt) }),
  };
}

/** Service plans that are off in the licences of a person, where there are any. */
function plansOff({ licenses }: Person): { disabledPlans?: string[] } {
  const off = mergedLicenses(licenses).flatMap(({ disabledPlans }) => disabledPlans);
  return off.length === 0 ? {} : { disabledPlans: off };
}

/** Entries are told of in many states, most of which have changed none of them. */
const toldEntry = onceForEach(
  ({ dn, attributes }: DirectoryRecord): ToldEntry => ({ dn, attributes: texts(attributes) }),
);

function texts(attributes: AttributeValues): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [
      name,
      values.map((value) => (typeof value === "string" ? value : value.base64)),
    ]),
  );
}
