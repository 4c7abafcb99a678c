import type * as pulumi from "@pulumi/pulumi";
import { Gate, type GateArgs } from "../providers/gate.js";
import type { StageName } from "../src/plan/index.js";
import type { Migration } from "./migration.js";

/** The way into a stage: everything the stage declares depends on it. */
export function gate(
  { plan, observed, waves }: Migration,
  stage: StageName,
  dependsOn: pulumi.Resource[],
  seen: Pick<GateArgs, "lowered" | "routed" | "targetAddressGrant"> = {},
): Gate {
  const { domain, signOn, source, directory, licenses, tenant, waive } = plan;
  return new Gate(
    `gate-${stage}`,
    {
      stage,
      domain,
      signOn,
      source,
      directory,
      licenses,
      tenant,
      observed,
      waive,
      batches: waves.map(({ name, csv, unifiedMessaging }) => ({ name, csv, unifiedMessaging })),
      ...seen,
    },
    { dependsOn },
  );
}
