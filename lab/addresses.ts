import { defined } from "../src/base/defined.js";
import type { LabDnsHosting } from "./dns-hosts.js";
import type { RunningServer } from "./http/server.js";
import type { LabAddresses, LabPorts } from "./lab.js";
import type { RunningMicrosoft } from "./microsoft.js";
import type { NameServers } from "./name-servers.js";
import type { LabPremises } from "./premises.js";

/** The servers of a lab, running. */
export interface Running {
  readonly microsoft: RunningMicrosoft;
  readonly control: RunningServer;
  readonly nameServers: NameServers;
  readonly premises: LabPremises;
  readonly hosting: LabDnsHosting;
}

/** The ports they listen on, which a lab that goes on from a state file takes again. */
export const portsOf = ({ microsoft, control, nameServers, premises, hosting }: Running): LabPorts => ({
  authority: microsoft.authority.port,
  graph: microsoft.graph.port,
  exchange: microsoft.exchange.port,
  regional: microsoft.regional.port,
  control: control.port,
  dns: nameServers.dns.port,
  resolver: nameServers.resolver.port,
  ldaps: premises.directory.ldapsPort,
  ldap: premises.directory.ldapPort,
  rpcProxy: premises.front.port,
  dnsHost: hosting.port,
});

/** How they are reached. @param host the address they listen on */
export const addressesOf = (
  { microsoft, control, nameServers, premises }: Running,
  host: string,
): LabAddresses => ({
  authority: microsoft.authority.url,
  graph: microsoft.graph.url,
  exchange: microsoft.exchange.url,
  control: control.url,
  dns: nameServers.dns.hostPort,
  ...defined({ secondary: nameServers.secondary?.hostPort }),
  resolver: nameServers.resolver.hostPort,
  ldaps: `ldaps://${host}:${premises.directory.ldapsPort}`,
  ldap: `ldap://${host}:${premises.directory.ldapPort}`,
  rpcProxy: `${host}:${premises.front.port}`,
});
