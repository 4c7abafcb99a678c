import { defined } from "../src/base/defined.js";
import type { EndpointRecord, Instant } from "./state.js";
import { type TenantSnapshot, verificationCode } from "./tenant.js";
import { stableGuid, stableNumber, type World } from "./world.js";

/** A tenant as it is before the migration: its users are there, their mailboxes and the domain are not. */
export function freshTenant(world: World, createdAt: Instant): TenantSnapshot {
  return {
    createdAt,
    // Directory synchronization leaves Exchange's own mailboxes out.
    people: world.mailboxes
      .filter(({ kind }) => kind !== "system")
      .map((mailbox) => ({
        id: stableGuid(world.tenantId, "user", mailbox.emailAddress.toLowerCase()),
        emailAddress: mailbox.emailAddress.toLowerCase(),
        displayName: mailbox.displayName ?? mailbox.emailAddress.replace(/@.*/, ""),
        ...defined({ wave: mailbox.wave }),
        sizeMb: mailbox.sizeMb ?? 100 + stableNumber(1200, mailbox.emailAddress),
        ...defined({ fault: mailbox.fault }),
        ...(mailbox.aliases === undefined
          ? {}
          : { aliases: mailbox.aliases.map((alias) => alias.toLowerCase()) }),
        ...defined({ usageLocation: mailbox.usageLocation }),
        licenses: [],
      })),
    domains: [
      {
        id: world.initialDomain,
        isInitial: true,
        isDefault: true,
        isVerified: true,
        supportedServices: ["Email", "OfficeCommunicationsOnline"],
        verificationCode: verificationCode(world.tenantId, world.initialDomain, 0),
        emailSince: 0,
      },
    ],
    domainsCreated: 0,
    endpoints:
      world.source.existingEndpoint === undefined
        ? []
        : [endpointByHand(world.source.existingEndpoint, world, createdAt)],
    batches: [],
    goneBatches: [],
    groups:
      world.licenseGroup === undefined
        ? []
        : [
            {
              id: world.licenseGroup,
              displayName: "Mail licences",
              skuId: world.sku.skuId,
              ...(world.licenseGroupWithout === undefined
                ? {}
                : { disabledPlans: [...world.licenseGroupWithout] }),
              members: [],
              pending: [],
            },
          ],
    alarms: [],
  };
}

/** The endpoint an administrator has made before mailstage came, for plans that adopt one: it leads to the lab's front. */
function endpointByHand(name: string, world: World, createdAt: Instant): EndpointRecord {
  return {
    guid: stableGuid(world.tenantId, "endpoint", name),
    name,
    exchangeServer: world.source.exchangeServer,
    rpcProxyServer: "127.0.0.1",
    useAutoDiscover: false,
    authentication: world.source.authentication,
    acceptUntrustedCertificates: false,
    maxConcurrentMigrations: "20",
    maxConcurrentIncrementalSyncs: "10",
    userName: world.source.account,
    password: world.source.password,
    createdAt,
    changedAt: createdAt,
  };
}
