import { parseMx } from "../dns/index.js";
import type { LabDns } from "./dns/index.js";
import { acceptedDomains } from "./exchange/recipient-cmdlets.js";
import type { Behaviour } from "./faults.js";
import type { Instant } from "./state.js";
import type { Tenant } from "./tenant.js";

/**
 * Watches where the domain's mail goes: once the zone names Microsoft, mail for whoever is not synced would be lost, and
 * so would all of it if Exchange does not take the domain's mail. Called whenever the zone may have changed.
 */
export function watchMailFlow(tenant: Tenant, dns: LabDns, behaviour: Behaviour, now: Instant): void {
  const { domain, mailExchange } = tenant.world;
  const hosts = (dns.recordSet(domain, "MX")?.values ?? [])
    .map(parseMx)
    // The verification MX has the worst preference there is and no host behind it.
    .filter(({ exchange, preference }) => preference < 32_767 || !exchange.endsWith(".invalid"))
    .map(({ exchange }) => exchange);
  if (hosts.length === 0)
    tenant.alarms.raise("mail-lost", `${domain} without MX`, "mail for the domain has nowhere to go", now);
  const stray = hosts.find(
    (host) => host.endsWith(".invalid") || (isMicrosoft(host) && host !== mailExchange),
  );
  if (stray !== undefined)
    tenant.alarms.raise(
      "mail-lost",
      `${domain} at ${stray}`,
      "MX names a host that takes no mail for this tenant",
      now,
    );
  if (!hosts.includes(mailExchange)) {
    tenant.mxAtMicrosoftSince = undefined;
    return;
  }
  if (hosts.every((host) => host === mailExchange)) tenant.mxAtMicrosoftSince ??= now;
  if (!acceptedDomains({ tenant, behaviour, now }).includes(domain))
    tenant.alarms.raise(
      "mail-lost",
      domain,
      "MX names Microsoft, but Exchange Online does not accept the domain",
      now,
    );
  // Those in no wave stay on premises on purpose, such as a mailbox that only tests the connection.
  const unsynced = tenant.people.filter(
    (person) => person.syncedAt === undefined && person.wave !== undefined,
  );
  if (unsynced.length > 0)
    tenant.alarms.raise(
      "mail-lost",
      `${domain} before all were synced`,
      `mail would be lost for ${unsynced.length}: ${unsynced
        .slice(0, 5)
        .map(({ emailAddress }) => emailAddress)
        .join(", ")}`,
      now,
    );
}

function isMicrosoft(host: string): boolean {
  return /\.(mail\.protection\.outlook\.com|mx\.microsoft)$/.test(host);
}
