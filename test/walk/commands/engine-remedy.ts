import fc from "fast-check";
import type { AlarmCode } from "../../../lab/alarms.js";
import { type GateName, gateNames, type StageName, stages } from "../../../src/plan/index.js";
import { command, type Model } from "../command.js";
import type { Migration } from "../migration.js";
import { namesOf } from "./hand.js";
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

/** Mailboxes whose batch is gone, in a wave of a new name; the safety valve is told of it. @returns false where they are in it */
async function moved(migration: Migration, refusal: string): Promise<boolean> {
  const whose = new Set(refusal.match(/[\w.]+@contoso\.com/g) ?? []);
  const rows = [...listed(migration)].filter((address) => whose.has(address));
  const name = `again${migration.plan.waves.length}`;
  const csv = `mailboxes/${name}.csv`;
  if (rows.length === 0 || migration.plan.waves.some((batch) => batch.name === name)) return false;
  for (const batch of migration.plan.waves) {
    const left = migration.list(batch.csv).filter((address) => !whose.has(address));
    if (left.length < migration.list(batch.csv).length) await migration.writeList(batch.csv, left);
  }
  await migration.writeList(csv, rows);
  await migration.edit((plan) => ({
    ...plan,
    waves: [
      ...plan.waves.filter((batch) => migration.list(batch.csv).length > 0),
      { name, csv, phase: "started" },
    ],
  }));
  await waive(migration, "mailboxes-removed");
  return true;
}

/** Does what a refusal says, where it is one of those that a person does at the plan, the lists or by waiting. */
export async function remedy(migration: Migration, model: Model, refusal: string): Promise<void> {
  const [, stage] =
    /[Ss]et stage: (\w+)|Go to stage (\w+) first|Stay at (?:stage )?(\w+)| at stage (\w+)/
      .exec(refusal)
      ?.filter(Boolean) ?? [];
  const more = /retryFailed/.test(refusal);
  if (/secondaries/.test(refusal)) migration.lab.faults.behave({ secondaryLagSeconds: 0 });
  const waivable = gateNames.find((gate) => refusal.includes(`waive ${gate}`));
  if (more)
    await migration.edit((plan) => ({
      ...plan,
      waves: plan.waves.map((batch) => ({ ...batch, retryFailed: (batch.retryFailed ?? 0) + 1 })),
    }));
  if (/phase: converted for the wave/.test(refusal))
    await migration.edit((plan) => ({
      ...plan,
      waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" })),
    }));
  if (/source\.credentials to powershell|Unable to cast object/.test(refusal)) {
    const { endpoints } = await migration.lab.state();
    const { endpointName = "mailstage" } = migration.plan.source;
    // One of another name that was made by hand is nobody's to remove: the plan's is asked for beside it.
    if (endpoints.some(({ name }) => name !== endpointName))
      model.byHand.add(`not-asked-for ${endpointName}`);
    await migration.edit((plan) => ({ ...plan, source: { ...plan.source, credentials: "powershell" } }));
  } else if (/pulumi refresh and then pulumi up, which makes it anew/.test(refusal))
    migration.last = await migration.stack.refresh();
  else if (/ are in no migration batch: /.test(refusal) && (await moved(migration, refusal))) return;
  else if (/ are not the primary ones /.test(refusal))
    for (const { csv } of migration.plan.waves)
      await migration.writeList(
        csv,
        migration.list(csv).map((address) => address.replace(".alias@", "@")),
      );
  else if (isStage(stage)) {
    model.stage = stage;
    await migration.edit((plan) => ({ ...plan, stage }));
  } else if (/ are in no wave/.test(refusal)) {
    const { csv } = waveAt(migration, migration.plan.waves.length - 1) ?? {};
    const taken = listed(migration);
    const { mailboxes } = await migration.lab.state();
    const free = mailboxes.map(({ emailAddress }) => emailAddress).filter((address) => !taken.has(address));
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

/** Gates that keep mail and mailboxes from harm, and the harms that are the user's own risk where one is waived. */
const risks = {
  "stage-order": [],
  "domain-verified": ["mail-lost"],
  coexistence: [],
  "stacks-applied": ["mail-lost", "batch-removed-early"],
  "mailboxes-listed": ["mail-lost"],
  "batches-synced": ["mail-lost", "mailbox-disabled", "batch-removed-early"],
  "mailboxes-converted": ["mail-lost"],
  "licenses-assigned": ["mail-lost", "mailbox-disabled"],
  "mx-ttl-expired": ["mail-lost"],
  "mx-observed": ["mail-lost", "batch-removed-early"],
  "mx-switch-72h": ["mail-lost", "batch-removed-early"],
  "synced-after-switch": ["mail-lost", "batch-removed-early"],
} as const satisfies Partial<Record<GateName, readonly AlarmCode[]>>;
type Risky = keyof typeof risks;

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
    name: "a waiver that may harm",
    weight: 1,
    data: fc.constantFrom<Risky>(...namesOf(risks)),
    possible: () => true,
    typed: (gate) => `plan: waive: ${gate}, with a reason; pulumi up --yes`,
    async run(migration, model, gate) {
      for (const code of risks[gate]) model.risked.add(code);
      model.moved = true;
      await waive(migration, gate);
      await up(migration, model);
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
