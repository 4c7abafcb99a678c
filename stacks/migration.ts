import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { DirectoryArgs, ObservedArgs } from "../providers/settings.js";
import { Stage } from "../providers/stage.js";
import { readMailboxFiles } from "../src/csv/index.js";
import { MailstageError } from "../src/errors/index.js";
import { atLeast, type BatchPlan, type Plan, parsePlan, type StageName } from "../src/plan/index.js";
import { projectRoot } from "../src/plan/project-root.js";

/** One wave of the plan with its mailboxes. */
export interface Wave extends BatchPlan {
  /** Local parts of the addresses, in the file's order. */
  readonly locals: readonly string[];
  /** What every resource of the wave is told about its CSV. */
  readonly file: { wave: string; domain: string; csv: string; digest: pulumi.Output<string> };
}

/** The plan as the stages see it. */
export interface Migration {
  readonly plan: Plan;
  readonly waves: readonly Wave[];
  /** Remembers the stage; every other resource depends on it. */
  readonly stage: Stage;
  /** Which servers tell what DNS answers. */
  readonly observed: ObservedArgs;
  /** Whether the plan has reached a stage. */
  at(stage: StageName): boolean;
}

/** Reads the plan from stack config and the mailboxes from their CSVs. @throws pulumi.RunError with every problem of both */
export function readMigration(): Migration {
  const config = new pulumi.Config("mailstage");
  try {
    const plan = parsePlan(config.getObject("plan"));
    return migrationOf(plan, projectRoot());
  } catch (error) {
    if (error instanceof MailstageError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function migrationOf(plan: Plan, root: string): Migration {
  const files = readMailboxFiles(root, plan);
  const waves = plan.batches.map((batch): Wave => {
    const file = files.find((candidate) => candidate.batch === batch.name);
    const addresses = file?.rows.map((row) => row.emailAddress) ?? [];
    return {
      ...batch,
      locals: addresses.map((address) => address.slice(0, address.lastIndexOf("@"))),
      file: {
        wave: batch.name,
        domain: plan.domain,
        csv: batch.csv,
        // Secret: whoever knows all of a file but one short password could find that by its digest.
        digest: pulumi.secret(file?.digest ?? ""),
      },
    };
  });
  const { nameServers, resolvers } = plan.dns;
  return {
    plan,
    waves,
    stage: new Stage("stage", {
      domain: plan.domain,
      tenant: plan.tenant,
      stage: plan.stage,
      batches: Object.fromEntries(plan.batches.map(({ name, phase }) => [name, phase])),
      waive: plan.waive,
    }),
    observed: {
      zone: plan.dns.zone ?? plan.domain,
      ...(nameServers === undefined ? {} : { nameServers }),
      ...(resolvers === undefined ? {} : { resolvers }),
    },
    at: (stage) => atLeast(plan.stage, stage),
  };
}

/** The connection to the on-premises directory, without what the plan has done there. */
export function onPremises({
  grantTargetAddress: _grant,
  mailboxDatabase: _database,
  ...connection
}: Plan["directory"]): DirectoryArgs {
  return connection;
}

/** A digest that tells whether a secret changed; undefined where this run does not have it. */
export function secretDigest(...parts: (string | undefined)[]): pulumi.Output<string> | undefined {
  if (parts.some((part) => part === undefined)) return undefined;
  return pulumi.secret(createHash("sha256").update(parts.join("\0")).digest("hex"));
}
