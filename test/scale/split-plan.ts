import { type Lab, startLab, type World } from "../../lab/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { judge } from "../engine/judge.js";
import { type EngineName, engineOf } from "../engine/open-stack.js";
import { plannedWorld, smallPlan } from "../engine/small-migration.js";
import { sessionOf } from "../lab/worlds.js";
import { createInProcessProject } from "./in-process.js";
import { createProject, type Project, type ProjectOptions } from "./project.js";

/** A wave of a split plan. */
export interface SplitWave {
  readonly name: string;
  /** The stack that migrates it. */
  readonly stack: string;
  /** Local parts of its mailboxes. */
  readonly locals: readonly string[];
}

/** A plan that is split, with a lab and a project of all its stacks. */
export interface SplitMigration {
  readonly lab: Lab;
  readonly world: World;
  readonly project: Project;
  /** The plan as it was at first, with the lab's addresses. */
  readonly planned: PlanInput;
  /** Writes the plan with a change of what it was at first. */
  plan(change: Partial<PlanInput>): Promise<void>;
  close(): Promise<void>;
}

export const domainStack = "domain";

/** The CSV of a wave. */
export function waveFile(locals: readonly string[]): string {
  return ["EmailAddress", ...locals.map((local) => `${local}@contoso.com`)].join("\n");
}

/**
 * Starts them: the domain is in the tenant already, and the order of the stages is waived, so that the domain stack enters
 * `migrate` at once.
 */
export async function startSplit(
  waves: readonly SplitWave[],
  options: {
    readonly backend?: Readonly<Record<string, string>>;
    readonly watchMemory?: boolean;
    /** Whether all waves are in one stack, for comparison. */
    readonly joined?: boolean;
    /** Real milliseconds before each answer of the services. @default 0 */
    readonly latencyMs?: number;
    /** @default the one inside the test process, without a backend and a memory of its own */
    readonly engine?: EngineName;
  } = {},
): Promise<SplitMigration> {
  const [first] = waves;
  const base: PlanInput = {
    ...smallPlan,
    stage: "migrate",
    source: { ...smallPlan.source, testMailbox: `${first?.locals[0]}@contoso.com` },
    ...(options.joined !== true && { domainStack }),
    waves: waves.map(({ name, stack }) => ({
      name,
      csv: `mailboxes/${name}.csv`,
      phase: "converted" as const,
      ...(options.joined !== true && { stack }),
    })),
    waive: [{ gate: "stage-order", reason: "the domain was prepared by hand before" }],
  };
  const files = Object.fromEntries(
    waves.map(({ name, locals }) => [`mailboxes/${name}.csv`, waveFile(locals)]),
  );
  const { world } = plannedWorld(base, files);
  const lab = await startLab({
    world,
    ...(options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }),
  });
  const judged = judge(() => lab);
  await sessionOf(lab, world).ownDomain();
  const given: ProjectOptions = {
    stacks: [domainStack, ...(options.joined === true ? [] : new Set(waves.map(({ stack }) => stack)))],
    environment: { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" },
    files,
    ...(options.backend === undefined ? {} : { backend: options.backend }),
    ...(options.watchMemory === undefined ? {} : { watchMemory: options.watchMemory }),
  };
  const project = await (engineOf(options.engine) === "real"
    ? createProject(given)
    : createInProcessProject(given, () => lab));
  const plan = (change: Partial<PlanInput>) => project.plan(lab.planOverrides({ ...base, ...change }));
  await plan({});
  return {
    lab,
    world,
    project,
    planned: lab.planOverrides(base),
    plan,
    async close() {
      try {
        await judged.verdict();
      } finally {
        judged.dismiss();
        await project.dispose();
        await lab.close();
      }
    },
  };
}
