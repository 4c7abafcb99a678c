import { connectControl, type Lab, type LabControl, startLab } from "../../src/lab/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { plannedWorld, smallFiles, smallPlan } from "../engine/small-migration.js";
import type { DrivenStack, Run } from "../engine/stack.js";
import { Stack } from "../engine/stack.js";
import { InProcessStack } from "../in-process/stack.js";

/** Which engine a walk is done on. */
export type EngineName = "in-process" | "real";

/** A migration that a walk goes through: the lab, the stack, and what the user has written. */
export interface Migration {
  readonly lab: Lab;
  readonly stack: DrivenStack;
  /** The world's hand: what administrators do beside the program. */
  readonly hand: LabControl;
  readonly plan: PlanInput;
  /** The addresses of a wave's list, in its order. */
  list(csv: string): readonly string[];
  edit(change: (plan: PlanInput) => PlanInput): Promise<void>;
  writeList(csv: string, addresses: readonly string[]): Promise<void>;
  /** The last run of the engine. */
  last: Run | undefined;
  close(): Promise<void>;
}

const locals = (text: string): string[] =>
  text
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[0] ?? "")
    .filter((address) => address !== "");

/** Opens a small migration: eight mailboxes in two waves, and four that no list names yet. */
export async function openMigration(
  engine: EngineName,
  watched: (stack: DrivenStack, lab: Lab) => DrivenStack = (stack) => stack,
): Promise<Migration> {
  let plan = smallPlan;
  const lists = new Map(Object.entries(smallFiles).map(([csv, text]) => [csv, locals(text)]));
  const files = Object.fromEntries([...lists].map(([csv, addresses]) => [csv, csvOf(addresses)]));
  const { world } = plannedWorld(plan, files, {});
  const lab = await startLab({ world });
  const options = {
    plan: lab.planOverrides(plan),
    files,
    environment: { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" },
  };
  const own =
    engine === "real"
      ? await Stack.create(options)
      : await InProcessStack.create({ ...options, wait: async (ms) => lab.clock.advance(ms / 1000) });
  const stack = watched(own, lab);
  return {
    lab,
    stack,
    hand: connectControl(lab.addresses.control),
    get plan() {
      return plan;
    },
    list: (csv) => lists.get(csv) ?? [],
    async edit(change) {
      plan = change(plan);
      await stack.plan(lab.planOverrides(plan));
    },
    async writeList(csv, addresses) {
      lists.set(csv, [...addresses]);
      await stack.write(csv, csvOf(addresses));
    },
    last: undefined,
    async close() {
      await stack.dispose();
      await lab.close();
    },
  };
}

const csvOf = (addresses: readonly string[]) => `${["EmailAddress", ...addresses].join("\n")}\n`;
