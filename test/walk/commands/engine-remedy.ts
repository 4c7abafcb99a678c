import fc from "fast-check";
import { type GateName, gateNames, type StageName, stages } from "../../../src/plan/index.js";
import { command, type Model } from "../command.js";
import type { Migration } from "../migration.js";
import { setAsPrinted } from "./printed.js";
import { up } from "./up.js";
import { listed, waveAt } from "./user.js";

const isStage = (name: string | undefined): name is StageName => stages.some((one) => one === name);

/** Where the user has the gate waived. */
async function waive(migration: Migration, gate: GateName): Promise<void> {
  const others = migration.plan.waive?.filter((one) => one.gate !== gate) ?? [];
  const waiver = { gate, reason: "drawn in a walk, where it is known why" };
  await migration.edit((plan) => ({ ...plan, waive: [...others, waiver] }));
}

/** Does what a refusal says, where it is one of those that a person does at the plan, the lists or by waiting. */
async function remedy(migration: Migration, model: Model, refusal: string): Promise<void> {
  const [, stage] =
    /[Ss]et stage: (\w+)|Go to stage (\w+) first|Stay at (\w+)/.exec(refusal)?.filter(Boolean) ?? [];
  const waivable = gateNames.find((gate) => refusal.includes(`waive ${gate}`));
  if (isStage(stage)) {
    model.stage = stage;
    await migration.edit((plan) => ({ ...plan, stage }));
  } else if (/ are in no wave/.test(refusal)) {
    const { csv } = waveAt(migration, migration.plan.batches.length - 1) ?? {};
    const known = listed(migration);
    const { mailboxes } = await migration.lab.state();
    const free = mailboxes.map(({ emailAddress }) => emailAddress).filter((address) => !known.has(address));
    if (csv !== undefined) await migration.writeList(csv, [...migration.list(csv), ...free]);
  } else if (waivable !== undefined && harmless.has(waivable)) await waive(migration, waivable);
  else if (!(await setAsPrinted(migration))) await migration.lab.advance(73 * 3600);
}

/** Gates that stand before work that is then refused or told by itself: to waive one harms nobody's mail. */
const harmless = new Set<GateName>([
  "preflight",
  "addresses-known",
  "permissions",
  "unified-messaging",
  "snapshots-kept",
  "directory-synchronized",
  "endpoint-tested",
  "mailboxes-removed",
]);

/** What the user does about a refusal, and about gates. */
export const engineRemedyCommands = [
  command({
    name: "the remedy",
    weight: 10,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "pulumi up --yes, and what a refusal says, up to three times",
    async run(migration, model) {
      for (let tries = 0; tries < 4; tries += 1) {
        if (await up(migration, model)) return;
        model.moved = true;
        if (tries < 3) await remedy(migration, model, migration.last?.errors ?? "");
      }
    },
  }),
  command({
    name: "a waiver",
    weight: 2,
    data: fc.constantFrom(...harmless),
    possible: () => true,
    typed: (gate) => `plan: waive: ${gate}, with a reason`,
    async run(migration, model, gate) {
      model.moved = true;
      await waive(migration, gate);
    },
  }),
  command({
    name: "a waiver less",
    weight: 2,
    data: fc.nat(19),
    possible: () => true,
    typed: (at) => `plan: waive: the ${at + 1}. taken out, counted round`,
    async run(migration, model, at) {
      const waivers = migration.plan.waive ?? [];
      if (waivers.length === 0) return;
      model.moved = true;
      const left = waivers.filter((_, index) => index !== at % waivers.length);
      await migration.edit((plan) => ({ ...plan, waive: left }));
    },
  }),
];
