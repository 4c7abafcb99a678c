import { rm } from "node:fs/promises";
import { join } from "node:path";
import { connectControl, type Lab, type LabControl, startLab } from "../../lab/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import type { EngineName } from "../engine/open-stack.js";
import { plannedWorld } from "../engine/small-migration.js";
import type { DrivenStack, Run } from "../engine/stack.js";
import { Stack } from "../engine/stack.js";
import type { Moment } from "../in-process/deployment.js";
import { InProcessStack } from "../in-process/stack.js";
import { openStacks } from "../in-process/stacks.js";
import { beginningOf, domainStackName, type Shape, smallShape, stackNames } from "./shape.js";
import { SplitStack } from "./split-stack.js";
import { type ListForm, plainForm, writtenList } from "./written-list.js";

/** A migration that a walk goes through: the lab, the stack, and what the user has written. */
export interface Migration {
  readonly lab: Lab;
  readonly stack: DrivenStack;
  /** That stack, or where the plan is split all that it names, each of which has a review and a state of its own. */
  readonly stacks: readonly DrivenStack[];
  /** The world's hand: what administrators do beside the program. */
  readonly hand: LabControl;
  /** What it began with. */
  readonly shape: Shape;
  readonly plan: PlanInput;
  /** The addresses of a wave's list, in its order; of a file that is not there, none. */
  list(csv: string): readonly string[];
  edit(change: (plan: PlanInput) => PlanInput): Promise<void>;
  /** The plan with the lab's addresses, as the stack's configuration has it. */
  labPlan(): PlanInput;
  /** Writes a plan that may be wrong in place of the user's, which `edit` writes again. */
  mistype(change: (plan: PlanInput) => unknown): Promise<void>;
  /**
   * Writes a list.
   * @param form how its text is written; absent: as it was
   */
  writeList(csv: string, addresses: readonly string[], form?: ListForm): Promise<void>;
  /** Removes a list's file, as who renames it does. */
  removeList(csv: string): Promise<void>;
  /** What plan and lists are now; called, it writes them so again. */
  remember(): () => Promise<void>;
  /** A folder or file of the project is gone, with the machine it was on. */
  lose(path: string): Promise<void>;
  /** The state is gone. */
  loseState(): Promise<void>;
  /** Decides where the next runs are killed, where the engine is inside this process. */
  killAt(decide: ((moment: Moment) => boolean) | undefined): void;
  /** The environment of the runs: what is given replaces or, undefined, takes away. */
  setEnvironment(change: Readonly<Record<string, string | undefined>>): void;
  /** The last run of the engine. */
  last: Run | undefined;
  /** What the last update told a person, warnings included. */
  said: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a migration.
 * @param shape what it begins with: by default, eight mailboxes in two waves
 * @param direct whether Microsoft's services are asked without TLS and sockets, where the engine is inside this process
 */
export async function openMigration(
  engine: EngineName,
  shape = smallShape,
  watched: (stack: DrivenStack, lab: Lab) => DrivenStack = (stack) => stack,
  direct = false,
): Promise<Migration> {
  const beginning = beginningOf(shape);
  let { plan } = beginning;
  const lists = new Map(beginning.lists);
  const forms = new Map<string, ListForm>();
  const files = Object.fromEntries(
    [...lists].map(([csv, addresses]) => [csv, writtenList(addresses, plainForm).toString("utf8")]),
  );
  const { world } = plannedWorld(plan, files, beginning.options);
  const dnsHost = shape.host === "manual" ? "rfc2136" : shape.host;
  const lab = await startLab({ world, dnsHost, secondary: shape.secondary });
  const environment: Record<string, string> = { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" };
  /** With the lab's addresses; a zone that only a person can change has no server that is written to. */
  const atLab = (own: PlanInput): PlanInput => {
    const overridden = lab.planOverrides(own);
    const { zone, nameServers, resolvers } = overridden.dns;
    return own.dns.host === "manual"
      ? { ...overridden, dns: { host: "manual", zone, nameServers, resolvers } }
      : overridden;
  };
  // Secrets are looked for by `invariants/secrets.ts`.
  const options = { plan: atLab(plan), files, environment };
  if (engine === "real" && shape.stacks > 0) throw new Error("a split plan is walked in the process alone");
  const own =
    engine === "real"
      ? [await Stack.create(options)]
      : (await openStacks("mailstage-in-", stackNames(shape), () => lab, { ...options, direct })).all;
  const each = own.map((one) => ({
    name: one instanceof InProcessStack ? one.name : domainStackName,
    stack: watched(one, lab),
  }));
  const split = new SplitStack(each, () => new Set(plan.waves.flatMap((wave) => wave.stack ?? [])));
  const stack = shape.stacks === 0 ? (each[0]?.stack ?? split) : split;
  const removeList = async (csv: string) => {
    lists.delete(csv);
    await rm(join(stack.folder, csv), { force: true });
  };
  const writeLists = async (texts: ReadonlyMap<string, readonly string[]>) => {
    for (const [csv, addresses] of texts)
      await stack.write(csv, writtenList(addresses, forms.get(csv) ?? plainForm));
  };
  return {
    lab,
    stack,
    get stacks() {
      return split.running;
    },
    hand: connectControl(lab.addresses.control),
    shape,
    get plan() {
      return plan;
    },
    list: (csv) => lists.get(csv) ?? [],
    async edit(change) {
      plan = change(plan);
      await stack.plan(atLab(plan));
    },
    labPlan: () => atLab(plan),
    mistype: (change) => stack.plan(change(atLab(plan))),
    async writeList(csv, addresses, form = forms.get(csv) ?? plainForm) {
      lists.set(csv, [...addresses]);
      forms.set(csv, form);
      await stack.write(csv, writtenList(addresses, form));
    },
    removeList,
    remember() {
      const [formerPlan, formerLists, formerForms] = [plan, new Map(lists), new Map(forms)];
      return async () => {
        plan = formerPlan;
        for (const csv of lists.keys()) if (!formerLists.has(csv)) await removeList(csv);
        for (const [csv, addresses] of formerLists) lists.set(csv, addresses);
        for (const [csv, form] of formerForms) forms.set(csv, form);
        await writeLists(formerLists);
        await stack.plan(atLab(plan));
      };
    },
    lose: (path) => rm(join(stack.folder, path), { recursive: true, force: true }),
    loseState: () => stack.loseState(),
    killAt(decide) {
      for (const one of own) if (one instanceof InProcessStack) one.killAt = decide;
    },
    setEnvironment: (change) => stack.setEnvironment(change),
    last: undefined,
    said: [],
    async close() {
      await stack.dispose();
      await lab.close();
    },
  };
}
