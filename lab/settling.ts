import type { Behaviour } from "./behaviour.js";
import type { LabClock } from "./clock.js";
import type { Customer } from "./customer.js";
import type { LabDns } from "./dns/index.js";
import { processGroupLicenses } from "./graph/group-routes.js";
import { Harms } from "./harms.js";
import { MailFlow } from "./mail-flow.js";
import type { MigrationService } from "./migration/service.js";
import type { LabPremises } from "./premises.js";
import type { Instant } from "./state.js";
import type { Tenant } from "./tenant.js";

/** What changes by time alone, and what harm is looked for in. */
export interface SettlingOptions {
  readonly clock: LabClock;
  readonly tenant: Tenant;
  readonly migration: MigrationService;
  readonly customer: Customer;
  readonly premises: LabPremises;
  readonly dns: LabDns;
  /** All authoritative servers of the zone. */
  readonly servers: readonly LabDns[];
  readonly behaviour: () => Behaviour;
}

/** How a lab is brought up to the present. */
export interface Settling {
  /** Carries out what has come due and judges what stands then, one caller after the other; resolves to the present. */
  settle(): Promise<Instant>;
  /** Where mail for the domain was sent when that was last looked at. */
  mailGoesTo(): readonly string[];
}

/** Makes it; harms are told from here on. */
export function settling(options: SettlingOptions): Settling {
  const { clock, tenant, migration, customer, premises, dns, servers, behaviour } = options;
  const mailFlow = new MailFlow({ tenant, servers, premises, behaviour });
  const harms = new Harms({ tenant, dns, premises });
  const settleNow = async () => {
    const now = clock.now().getTime();
    customer.synchronize(now);
    await migration.settle(now);
    processGroupLicenses(tenant, now);
    tenant.licensing.disableUnlicensed(now);
    harms.look(now);
    mailFlow.look(now);
    return now;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    settle: () => {
      const settled = last.then(settleNow, settleNow);
      last = settled;
      return settled;
    },
    mailGoesTo: () => mailFlow.hosts,
  };
}
