import type { Zone } from "../../lab/dns/index.js";

/** Name servers as each kind of host has them. */
export const hostings = {
  cloudflare: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
  azure: ["ns1-01.azure-dns.com", "ns2-01.azure-dns.net", "ns3-01.azure-dns.org", "ns4-01.azure-dns.info"],
  rfc2136: ["ns1.contoso.com", "ns.isp.example"],
  manual: ["ns1.registrar.example", "ns2.registrar.example"],
} as const;

/** The zone contoso.com with its mail on premises, and a mail domain below that is no zone of its own. */
export function contoso(nameServers: readonly string[]): Zone {
  const name = "contoso.com";
  return {
    name,
    primary: nameServers[0] ?? "ns1.contoso.com",
    records: [
      { name, type: "NS", ttl: 172_800, values: nameServers },
      { name, type: "MX", ttl: 86_400, values: ["10 mail.contoso.com"] },
      { name: `sales.${name}`, type: "MX", ttl: 1800, values: ["5 mail.contoso.com"] },
    ],
  };
}
