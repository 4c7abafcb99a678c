import type * as pulumi from "../providers/sdk.js";
import type { StageName } from "../src/plan/index.js";
import type { DomainHandover, WavesHandover } from "../src/plan/split/index.js";

/** What a migration tells about itself; what a stage has not reached yet is left out. */
export interface MigrationOutputs {
  /** The stage this stack is at. */
  readonly stage: StageName;
  /** The domain that is migrated. */
  readonly domain: string;
  /** Mailboxes in each wave's CSV. */
  readonly mailboxes: Record<string, number>;
  /** The MX before the migration. */
  readonly formerMx?: pulumi.Output<{ ttl: number; values: string[] }>;
  /** The MX the tenant names, from `verify` on. */
  readonly tenantMx?: pulumi.Output<string[]>;
  /** What is left for people to do, at `complete`. */
  readonly decommission?: string[];
  /** What the stacks of a split plan go by. */
  readonly handover?: pulumi.Output<DomainHandover | WavesHandover>;
  /** The stage whose work is done, which the next step is judged by. */
  readonly reached?: pulumi.Output<StageName>;
}
