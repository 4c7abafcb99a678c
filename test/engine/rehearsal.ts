import { type Lab, type LabOptions, type LabPorts, startLab, type World } from "../../lab/index.js";
import { type PlanInput, type StageName, stages } from "../../src/plan/index.js";
import { judge, type NamedAlarm } from "./judge.js";
import { type EngineName, handOver, openStack } from "./open-stack.js";
import { plannedWorld, smallFiles, smallPlan, type WorldOptions } from "./small-migration.js";
import type { DrivenStack, Run, Stack, StackOptions } from "./stack.js";

export { mailboxes, smallFiles, smallPlan } from "./small-migration.js";

/** A stack of its own against a lab of its own: the plan is changed as a pull request would, and applied. */
export interface Rehearsal {
  readonly lab: Lab;
  /** What the lab is made of. */
  readonly world: World;
  readonly stack: DrivenStack;
  /** The plan as it was last written, before the lab's addresses. */
  readonly plan: PlanInput;
  /** Writes the plan with a change. */
  change(edit: (plan: PlanInput) => PlanInput): Promise<void>;
  /** Moves the plan to a stage. */
  stage(name: StageName): Promise<void>;
  /** Brings the stack to a stage, one at a time, with the clock moved past every wait. Fails when a step fails. */
  reach(name: StageName): Promise<void>;
  /** `pulumi up`, which must succeed. */
  up(options?: { readonly skipPreview?: boolean }): Promise<Run>;
  /** Has Pulumi's own engine go on from here, as `stack` too. */
  goOnReal(): Promise<Stack>;
  /** Names the alarms of the lab that the test brings about on purpose: after every test there must be no others. */
  expectAlarms(alarms: readonly NamedAlarm[]): void;
  close(): Promise<void>;
}

/** Everything a rehearsal can be given otherwise. */
export interface RehearsalOptions extends WorldOptions {
  readonly plan?: PlanInput;
  readonly files?: Readonly<Record<string, string>>;
  readonly main?: string;
  /** Where the zone is said to be hosted; its Pulumi plugin is then the lab's stand-in. @default rfc2136 */
  readonly dnsHost?: LabOptions["dnsHost"];
  /** Where the lab keeps its state, so that it can be put back. @default in memory */
  readonly stateFile?: string;
  /** The lab's ports. @default any that are free */
  readonly ports?: LabPorts;
  /** Added to the environment of every command. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default the one inside the test process; `real` where a test is about Pulumi's own, or stands for its kind there */
  readonly engine?: EngineName;
  /** Whether the engine inside this process asks services by TLS and sockets, for what connections can do. @default false */
  readonly overNetwork?: boolean;
  /** Makes the stack. @default one of `engine` */
  readonly createStack?: (options: StackOptions, lab: Lab) => Promise<DrivenStack>;
}

/**
 * Starts a lab and a stack.
 * @param running the lab as it runs now, where it is replaced by others; absent: the one that is started
 */
export async function rehearse(
  options: RehearsalOptions = {},
  running?: () => Lab | undefined,
): Promise<Rehearsal> {
  let plan = options.plan ?? smallPlan;
  const files = options.files ?? smallFiles;
  const { world, planted } = plannedWorld(plan, files, options);
  const lab = await startLab({
    world,
    ...(options.dnsHost === undefined ? {} : { dnsHost: options.dnsHost }),
    ...(options.stateFile === undefined ? {} : { stateFile: options.stateFile }),
    ...(options.ports === undefined ? {} : { ports: options.ports }),
  });
  const current = () => running?.() ?? lab;
  const judged = judge(current);
  const passwords = [...planted.values()];
  const createStack =
    options.createStack ??
    ((given: StackOptions) => openStack(given, current, options.engine, options.overNetwork));
  const stackOptions: StackOptions = {
    plan: lab.planOverrides(plan),
    files,
    secrets: {
      ...Object.fromEntries(
        Object.entries(lab.environment).filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name)),
      ),
      ...Object.fromEntries([...new Set(passwords)].slice(0, 3).map((one) => ["a list's password", one])),
    },
    environment: {
      ...lab.environment,
      MAILSTAGE_RETRY_BASE_MS: "50",
      ...options.environment,
    },
    ...(options.main === undefined ? {} : { main: options.main }),
  };
  let stack = await createStack(stackOptions, lab);

  const change = async (edit: (before: PlanInput) => PlanInput) => {
    plan = edit(plan);
    await stack.plan(lab.planOverrides(plan));
  };
  const stage = (name: StageName) => change((before) => ({ ...before, stage: name }));
  let reached = -1;
  const up = async (options: { readonly skipPreview?: boolean } = {}) => {
    const run = await stack.up(options);
    reached = stages.indexOf(plan.stage);
    if (run.code !== 0) throw new Error(`pulumi up failed at stage ${plan.stage}:\n${run.errors}`);
    return run;
  };
  const converted = () =>
    change((before) => ({
      ...before,
      waves: before.waves.map((batch) => ({ ...batch, phase: "converted" as const })),
    }));
  const hours = (count: number) => lab.advance(count * 3600);
  const steps: Record<StageName, () => Promise<unknown>> = {
    prepare: () => up(),
    verify: async () => {
      await up();
      await lab.advance(16 * 60);
      await up();
    },
    connect: async () => {
      // Exchange takes a while to accept a domain that has just been verified.
      await lab.advance(300);
      await up();
    },
    migrate: async () => {
      await up();
      await hours(48);
      await converted();
      await up();
    },
    route: async () => {
      await hours(25);
      await up();
    },
    retire: async () => {
      await hours(73);
      await up();
    },
    complete: () => up(),
  };
  return {
    lab,
    world,
    get stack() {
      return stack;
    },
    get plan() {
      return plan;
    },
    change,
    stage,
    up,
    async reach(name) {
      for (const next of stages.slice(reached + 1, stages.indexOf(name) + 1)) {
        await stage(next);
        await steps[next]();
        reached = stages.indexOf(next);
      }
    },
    async goOnReal() {
      const real = await handOver(stack, { ...stackOptions, plan: lab.planOverrides(plan) });
      stack = real;
      return real;
    },
    expectAlarms: judged.expectAlarms,
    async close() {
      try {
        await judged.verdict();
        expect(stack.leaks).toEqual([]);
      } finally {
        judged.dismiss();
        await stack.dispose();
        await lab.close();
      }
    },
  };
}
