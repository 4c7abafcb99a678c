import { query } from "../src/dns/index.js";
import { type Administrator, administrator } from "./administrator.js";
import { authorityService } from "./authority.js";
import type { LabDns } from "./dns/index.js";
import { exchangeGateway } from "./exchange/gateway.js";
import { graphService } from "./graph/service.js";
import { type RunningServer, type ServerOptions, serve } from "./http/server.js";
import type { LabPorts } from "./lab.js";
import type { MigrationService } from "./migration/service.js";
import type { LabPremises } from "./premises.js";
import type { Instant } from "./state.js";
import type { Tenant } from "./tenant.js";

/** What Microsoft's services work with. */
export interface MicrosoftOptions {
  readonly server: ServerOptions;
  readonly ports: LabPorts;
  readonly tokenSecret: string;
  readonly clientSecret: () => string;
  readonly tenant: Tenant;
  readonly migration: MigrationService;
  readonly premises: LabPremises;
  readonly dns: LabDns;
  /** Brings the tenant up to the present, and resolves to it. */
  settle(): Promise<Instant>;
}

/** Microsoft's side, listening. `regional` is Exchange's second listener, to which redirects lead. */
export interface RunningMicrosoft {
  readonly authority: RunningServer;
  readonly graph: RunningServer;
  readonly exchange: RunningServer;
  readonly regional: RunningServer;
  /** Past the doors. */
  readonly administrator: Administrator;
}

/** Starts token endpoint, Graph and Exchange. */
export async function startMicrosoft(options: MicrosoftOptions): Promise<RunningMicrosoft> {
  const { server, ports, tokenSecret, tenant, settle, dns } = options;
  const { world } = tenant;
  const { faults, counter, clock } = server;
  const urls = { authority: "", graph: "", exchange: "" };
  // Tokens for the real services' names are taken as well: some clients cannot be told another audience.
  const graphAudiences = () => [urls.graph, "https://graph.microsoft.com"];
  const exchangeAudiences = () => [urls.exchange, "https://outlook.office365.com"];
  const exchangeContext = async () => ({
    now: await settle(),
    tenant,
    migration: options.migration,
    behaviour: faults.behaviour,
    probe: options.premises.probe,
  });
  const graphContext = async () => ({
    now: await settle(),
    tenant,
    behaviour: faults.behaviour,
    base: `${urls.graph}/v1.0`,
    lookUp: (domain: string) => lookUp(dns, domain),
  });
  const gateway = exchangeGateway({
    tokenSecret,
    audiences: exchangeAudiences,
    base: () => urls.exchange,
    tenants: [world.tenantId, world.initialDomain, world.domain],
    context: exchangeContext,
  });
  const regional = await serve(gateway, ports.regional ?? 0, server);
  const exchange = await serve(gateway, ports.exchange ?? 0, server, regional.url);
  const graph = await serve(
    graphService({
      tokenSecret,
      audiences: graphAudiences,
      faults,
      counter,
      now: clock.now,
      context: graphContext,
    }),
    ports.graph ?? 0,
    server,
  );
  const authority = await serve(
    authorityService({
      world,
      clientSecret: options.clientSecret,
      tokenSecret,
      base: () => urls.authority,
      audiences: () => [...graphAudiences(), ...exchangeAudiences(), "https://management.azure.com"],
      now: clock.now,
    }),
    ports.authority ?? 0,
    server,
  );
  Object.assign(urls, { authority: authority.url, graph: graph.url, exchange: exchange.url });
  return {
    authority,
    graph,
    exchange,
    regional,
    administrator: administrator({ exchange: exchangeContext, graph: graphContext }),
  };
}

/** What Graph sees when it verifies a domain: a real query to the authoritative server. */
async function lookUp(dns: LabDns, domain: string): Promise<{ txt: string[]; mx: string[] }> {
  const values = async (type: "TXT" | "MX") => {
    try {
      const answer = await query(dns, domain, type, { timeoutMs: 500, attempts: 2 });
      return answer.records.map(({ value }) => value);
    } catch {
      // A server that does not answer is a record that is not found.
      return [];
    }
  };
  const [txt, mx] = await Promise.all([values("TXT"), values("MX")]);
  return { txt, mx };
}
