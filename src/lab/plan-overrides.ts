import type { PlanInput } from "../plan/plan.js";
import type { LabAddresses } from "./lab.js";
import type { World } from "./world.js";

/**
 * The user's plan with every address of production replaced by the lab's. Whatever the DNS host was, it is RFC 2136
 * against the lab's server: a rehearsal declares nothing at Cloudflare or Azure. Autodiscover becomes explicit servers,
 * since its places are looked up in the real DNS.
 */
export function overridePlan(plan: PlanInput, world: World, addresses: LabAddresses): PlanInput {
  const [rpcProxyServer = "127.0.0.1", rpcProxyPort = "443"] = addresses.rpcProxy.split(":");
  return {
    ...plan,
    tenant: {
      ...plan.tenant,
      endpoints: { authority: addresses.authority, graph: addresses.graph, exchange: addresses.exchange },
    },
    dns: {
      host: "rfc2136",
      server: addresses.dns,
      zone: world.domain,
      key: { name: world.tsig.name, algorithm: world.tsig.algorithm },
      transport: plan.dns.host === "rfc2136" ? (plan.dns.transport ?? "tcp") : "tcp",
      nameServers: [addresses.dns],
      resolvers: [addresses.resolver],
    },
    source: {
      ...plan.source,
      exchangeServer: world.source.exchangeServer,
      rpcProxyServer,
      rpcProxyPort: Number(rpcProxyPort),
    },
    directory: { ...plan.directory, url: addresses.ldaps },
  };
}
