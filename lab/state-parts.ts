import type { LabClock } from "./clock.js";
import type { LabDns } from "./dns/index.js";
import type { LabDnsHosting } from "./dns-hosts.js";
import type { FaultBoard } from "./faults.js";
import type { LabPorts } from "./lab.js";
import type { LabPremises } from "./premises.js";
import type { StateParts } from "./store.js";
import type { Tenant } from "./tenant.js";
import type { World } from "./world.js";

/** What of a lab stays as it was at its start. */
interface Fixed {
  readonly world: World;
  /** Certificate and key, PEM. */
  readonly authority: string;
  readonly tokenSecret: string;
  readonly ports: LabPorts;
}

/** What changes while it runs. */
interface Moving {
  readonly clock: LabClock;
  readonly faults: FaultBoard;
  readonly tenant: Tenant;
  readonly dns: LabDns;
  readonly hosting: LabDnsHosting;
  readonly premises: LabPremises;
}

/** The parts of a lab's state file, as they are now. */
export function statePartsOf(
  { world, authority, tokenSecret, ports }: Fixed,
  { clock, faults, tenant, dns, hosting, premises }: Moving,
): StateParts {
  const fixed = (value: unknown) => ({ version: 0, value: () => value });
  const moving = (value: () => unknown) => ({ version: Symbol("always new"), value });
  return {
    version: fixed(1),
    world: fixed(world),
    clockOffsetMs: moving(() => clock.offsetMs),
    authority: fixed(authority),
    tokenSecret: fixed(tokenSecret),
    ports: fixed(ports),
    behaviour: moving(() => faults.behaviour),
    tenant: moving(() => tenant.snapshot()),
    zones: moving(() => dns.zones()),
    cloudflareRecords: moving(() => hosting.records()),
    directory: { version: premises.version(), value: () => premises.directory.snapshot() },
  };
}
