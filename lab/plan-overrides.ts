import type { PlanInput } from "../src/plan/plan.js";
import type { LabDnsHosting } from "./dns-hosts.js";
import type { LabAddresses } from "./lab.js";
import type { World } from "./world.js";

/**
 * The user's plan with every address of production replaced by the lab's. Whatever the DNS host was, it is the
 * lab's, RFC 2136 unless the lab was told otherwise: a rehearsal declares nothing at Cloudflare or Azure themselves.
 * Autodiscover becomes explicit servers, since its places are looked up in the real DNS.
 */
export function overridePlan(
  plan: PlanInput,
  world: World,
  addresses: LabAddresses,
  dns: LabDnsHosting["plan"],
): PlanInput {
  const [rpcProxyServer = "127.0.0.1", rpcProxyPort = "443"] = addresses.rpcProxy.split(":");
  return {
    ...plan,
    tenant: {
      ...plan.tenant,
      endpoints: { authority: addresses.authority, graph: addresses.graph, exchange: addresses.exchange },
    },
    dns: {
      ...dns,
      ...(dns.host === "rfc2136" && {
        transport: plan.dns.host === "rfc2136" ? (plan.dns.transport ?? "tcp") : "tcp",
      }),
      zone: world.zoneName ?? world.domain,
      nameServers: [addresses.dns, ...(addresses.secondary === undefined ? [] : [addresses.secondary])],
      resolvers: [addresses.resolver],
    },
    source: {
      ...plan.source,
      exchangeServer: world.source.exchangeServer,
      rpcProxyServer,
      rpcProxyPort: Number(rpcProxyPort),
    },
    directory: {
      ...plan.directory,
      url: plan.directory.url.startsWith("ldap://") ? addresses.ldap : addresses.ldaps,
    },
  };
}
