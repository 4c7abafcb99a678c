import { join } from "node:path";
import { connectControl } from "../../lab/index.js";
import type { PlanInput, StageName } from "../../src/plan/index.js";
import { sessionOf } from "../lab/worlds.js";
import type { Rehearsal } from "./rehearsal.js";
import type { Run } from "./stack.js";

/** An administrator who works beside the program: in the tenant, in the zone, and on the lab's switches. */
export function handOf({ lab, world }: Rehearsal) {
  const { graph, invoke, powershell, createEndpoint, ownDomain, rows } = sessionOf(lab, world);
  return {
    ...connectControl(lab.addresses.control),
    graph,
    invoke,
    powershell,
    createEndpoint,
    ownDomain,
    rows,
    /** The batch is gone when the service has been asked for it for a minute. */
    async removeBatch(name: string) {
      await connectControl(lab.addresses.control).batch(name, "remove");
      await lab.advance(120);
    },
  };
}

/**
 * Brings a fresh rehearsal up to `migrate` in one `pulumi up` instead of five: the domain was verified by hand before, and the
 * order of the stages is waived that once.
 */
export async function jumpTo(rehearsal: Rehearsal, stage: StageName): Promise<Run> {
  const { domains } = await rehearsal.lab.state();
  if (!domains.some(({ id, isVerified }) => id === rehearsal.world.domain && isVerified))
    await handOf(rehearsal).ownDomain();
  // Exchange accepts a domain a moment after it was verified; on a fast machine the program would come before.
  else await rehearsal.lab.advance(10);
  await rehearsal.change((plan) => ({
    ...plan,
    stage,
    waive: [{ gate: "stage-order", reason: "the domain was prepared by hand before" }],
  }));
  const run = await rehearsal.up({ skipPreview: true });
  await rehearsal.change(({ waive: _, ...plan }) => plan);
  return run;
}

/** The same at `migrate`, with every mailbox copied, licensed and converted, in two runs instead of seven. */
export async function copied(rehearsal: Rehearsal): Promise<void> {
  await jumpTo(rehearsal, "migrate");
  await rehearsal.lab.advance(48 * 3600);
  await rehearsal.change((plan) => ({
    ...plan,
    waves: plan.waves.map((wave) => ({ ...wave, phase: "converted" as const })),
  }));
  await rehearsal.up({ skipPreview: true });
}

/** What is set for whoever types commands beside a rehearsal, in its folder. */
export function environmentOf({ lab, stack: { folder } }: Rehearsal): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...lab.environment,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    MAILSTAGE_PROJECT_ROOT: folder,
  };
}

/** The plan with some of its waves changed. */
export function withWave(
  plan: PlanInput,
  name: string,
  change: Partial<PlanInput["waves"][number]>,
): PlanInput {
  return {
    ...plan,
    waves: plan.waves.map((batch) => (batch.name === name ? { ...batch, ...change } : batch)),
  };
}

/** What a run changes or would change, one line a resource. */
export function changesOf(run: Run): string[] {
  return run.changes.map(({ op, name }) => `${op} ${name}`).sort();
}

/** Everything a run said, as one text. */
export function saidBy(run: Run): string {
  return run.diagnostics.map(({ message }) => message).join("\n");
}
