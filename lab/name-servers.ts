import { defined } from "../src/base/defined.js";
import type { LabClock } from "./clock.js";
import { dnsFaults } from "./dns/faults.js";
import {
  type LabDns,
  type LabDnsOptions,
  type LabResolver,
  startDnsServer,
  startResolver,
} from "./dns/index.js";
import { startSecondary } from "./dns/secondary.js";
import type { FaultBoard } from "./faults.js";
import type { LabPorts } from "./lab.js";
import type { LabSecrets } from "./secrets.js";
import type { World } from "./world.js";

/** How the name servers are started. */
export interface NameServerOptions extends Pick<LabDnsOptions, "updated"> {
  readonly world: World;
  /** What an earlier run left; absent: what stands in the world's zone. */
  readonly zones: LabDnsOptions["zones"] | undefined;
  readonly secrets: LabSecrets;
  /** Whether the zone has a second authoritative server. */
  readonly secondary: boolean;
  readonly faults: FaultBoard;
  readonly clock: LabClock;
  readonly host: string;
  readonly ports: LabPorts;
}

/** The name servers, running. */
export interface NameServers {
  /** The one that takes updates. */
  readonly dns: LabDns;
  readonly secondary: LabDns | undefined;
  readonly resolver: LabResolver;
  close(): Promise<void>;
}

/** Starts the servers of the world's zone, and the resolver that others ask. */
export async function startNameServers(options: NameServerOptions): Promise<NameServers> {
  const { world, secrets, faults, clock, host, ports, updated } = options;
  const dns = await startDnsServer({
    zones: options.zones ?? [
      {
        name: world.zoneName ?? world.domain,
        records: world.zone,
        ...(world.services && { services: world.services }),
      },
    ],
    keys: [
      {
        ...world.tsig,
        get secret() {
          return secrets.of("MAILSTAGE_TSIG_SECRET");
        },
      },
    ],
    host,
    ...defined({ updated, port: ports.dns }),
  });
  dns.setFault(dnsFaults(faults));
  const secondary = options.secondary
    ? await startSecondary({
        primary: dns,
        now: clock.now,
        lagSeconds: () => faults.behaviour.secondaryLagSeconds ?? 0,
        host,
      })
    : undefined;
  const resolver = await startResolver({
    upstream: dns,
    now: clock.now,
    host,
    ...defined({ port: ports.resolver }),
  });
  return {
    dns,
    secondary,
    resolver,
    async close() {
      await Promise.all([dns.close(), secondary?.close(), resolver.close()]);
    },
  };
}
