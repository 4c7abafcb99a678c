import type * as pulumi from "@pulumi/pulumi";
import { Gate, type GateArgs } from "../providers/gate.js";
import { defined } from "../src/base/defined.js";
import { unread } from "../src/migration/unread.js";
import { atLeast, type StageName } from "../src/plan/index.js";
import type { Migration } from "./migration.js";

/** The way into a stage: everything the stage declares depends on it. */
export function gate(
  { plan, observed, waveStacks, reached, within }: Migration,
  stage: StageName,
  dependsOn: pulumi.Resource[],
  seen: Pick<GateArgs, "lowered" | "routing" | "targetAddressGrant" | "verification" | "endpoint"> = {},
): Gate {
  const { domain, cloudNamespace, signOn, source, directory, licenses, tenant, waive } = plan;
  return new Gate(
    `gate-${stage}`,
    {
      stage,
      domain,
      ...defined({ cloudNamespace }),
      signOn,
      source,
      directory,
      licenses,
      tenant,
      observed,
      waive,
      entering: plan.stage === stage,
      applied: reached.apply((last) => last !== undefined && last !== unread && atLeast(last, stage)),
      waves: plan.waves.map(({ name, csv, unifiedMessaging }) => ({ name, csv, unifiedMessaging })),
      ...(waveStacks.length === 0 || !atLeast(stage, "route") ? {} : { stacks: [...waveStacks] }),
      ...seen,
    },
    { ...within, dependsOn },
  );
}
