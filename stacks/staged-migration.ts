import { getStackResource } from "@pulumi/pulumi/runtime/stack.js";
import { startPlugin } from "../providers/plugin.js";
import { asRunError } from "../providers/run-error.js";
import * as pulumi from "../providers/sdk.js";
import { MailstageError } from "../src/base/problem.js";
import type { PlanInput, StageName } from "../src/plan/index.js";
import type { DomainHandover, WavesHandover } from "../src/plan/split/index.js";
import { component } from "../src/state/component.js";
import { declareMigration } from "./declare.js";

/** What a migration is declared with. */
export interface StagedMigrationArgs {
  /**
   * The plan, as docs/plan.md has it: an object, or the path of a YAML or JSON file, relative to the folder of Pulumi.yaml.
   * @default what stack config has as `mailstage:plan`, which `mailstage check`, `rehearse` and `status --live` read too
   */
  readonly plan?: PlanInput | string;
  /**
   * Whether the resources that mailstage's own program declared in this stack are this component's from now on: they are neither
   * made again nor changed.
   * @default false
   */
  readonly fromDefaultProgram?: boolean;
}

/** The component of each run, by its stack: a process may run several programs (Automation API). */
const declared = new WeakMap<object, string>();

/**
 * A staged migration from Exchange 2003/2007 to Microsoft 365 as a component of one's own program: what mailstage's program
 * declares, under one resource. One stack migrates one domain.
 * @example
 * const migration = new StagedMigration("contoso", { plan: "contoso.yaml" }, { dependsOn: [zone] });
 * export const { stage, domain, reached } = migration;
 */
export class StagedMigration extends pulumi.ComponentResource {
  /** The stage this stack is at. */
  readonly stage: pulumi.Output<StageName>;
  /** The domain that is migrated. */
  readonly domain: pulumi.Output<string>;
  /** Mailboxes in each wave's CSV. */
  readonly mailboxes: pulumi.Output<Record<string, number>>;
  /** The MX before the migration; undefined in a wave stack. */
  readonly formerMx: pulumi.Output<{ ttl: number; values: string[] } | undefined>;
  /** The MX the tenant names, from stage `verify` on. */
  readonly tenantMx: pulumi.Output<string[] | undefined>;
  /** What is left for people to do, at stage `complete`. */
  readonly decommission: pulumi.Output<string[] | undefined>;
  /** What the stacks of a split plan go by: to be exported under this very name. */
  readonly handover: pulumi.Output<DomainHandover | WavesHandover | undefined>;
  /** The stage whose work is done. */
  readonly reached: pulumi.Output<StageName | undefined>;

  /** @throws pulumi.RunError with every problem of the plan and its CSVs, and where the stack has a migration already */
  constructor(name: string, args: StagedMigrationArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    asRunError(() => refuseSecond(name));
    super(component, name, {}, opts);
    void startPlugin();
    // Without a parent they had the stack's own URN in front.
    const aliases =
      args.fromDefaultProgram === true ? { aliases: [{ parent: pulumi.rootStackResource }] } : {};
    const said = declareMigration(args.plan, { parent: this, ...aliases });
    this.stage = pulumi.output(said.stage);
    this.domain = pulumi.output(said.domain);
    this.mailboxes = pulumi.output(said.mailboxes);
    this.formerMx = pulumi.output(said.formerMx);
    this.tenantMx = pulumi.output(said.tenantMx);
    this.decommission = pulumi.output(said.decommission);
    this.handover = pulumi.output(said.handover);
    this.reached = pulumi.output(said.reached);
    this.registerOutputs({ ...said });
  }
}

function refuseSecond(name: string): void {
  const run = getStackResource();
  if (run === undefined) return;
  const other = declared.get(run);
  if (other !== undefined) {
    throw new MailstageError({
      code: "migration-second",
      subject: `migration ${name}`,
      reason: `cannot be declared in stack ${pulumi.getStack()}, which has the migration ${other}: what is waived, asked and reviewed there is of one domain`,
      hint: "Declare it in a stack of its own",
    });
  }
  declared.set(run, name);
}
