import fc from "fast-check";
import type { PlanInput } from "../../../src/plan/index.js";
import { command } from "../command.js";
import type { Migration } from "../migration.js";
import { tried } from "./up.js";
import { listed, waveAt } from "./user.js";

const names = ["sales", "Late", "wave9", "rest_of-them"] as const;
const fileOf = (name: string) => `mailboxes/${name}.csv`;
const leave = fc.constantFrom(false, false, false, true);
const isFree = ({ plan }: Migration, name: string) =>
  plan.waves.every((batch) => batch.name !== name && batch.csv !== fileOf(name));

const withBatches = (
  migration: Migration,
  change: (batches: PlanInput["waves"]) => PlanInput["waves"],
): Promise<void> => migration.edit((plan) => ({ ...plan, waves: change(plan.waves) }));

/** What the user does to the waves. */
export const userWaveCommands = [
  command({
    name: "a wave added",
    weight: 2,
    data: fc.record({ name: fc.constantFrom(...names), first: fc.boolean(), leave }),
    possible: () => true,
    typed: ({ name, first }) =>
      `plan: ${name}, of whom no list has, ${first ? "before" : "after"} the others; pulumi up --yes`,
    async run(migration, model, { name, first, leave }) {
      if (!isFree(migration, name)) return;
      const taken = listed(migration);
      const { mailboxes } = await migration.lab.state();
      const free = mailboxes.map(({ emailAddress }) => emailAddress).filter((address) => !taken.has(address));
      if (free.length === 0) return;
      await tried(
        migration,
        model,
        async () => {
          await migration.writeList(fileOf(name), free);
          const added = { name, csv: fileOf(name), phase: "started" as const };
          await withBatches(migration, (batches) => (first ? [added, ...batches] : [...batches, added]));
        },
        leave,
      );
    },
  }),
  command({
    name: "a wave renamed",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), name: fc.constantFrom(...names), leave }),
    possible: () => true,
    typed: ({ wave, name }) => `plan: wave ${wave + 1}: name: ${name}; pulumi up --yes`,
    async run(migration, model, { wave, name, leave }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined || !isFree(migration, name)) return;
      const renamed = () =>
        withBatches(migration, (batches) =>
          batches.map((batch) => (batch.name === chosen.name ? { ...batch, name } : batch)),
        );
      await tried(migration, model, renamed, leave);
    },
  }),
  command({
    name: "the waves the other way round",
    weight: 1,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "plan: waves: the other way round",
    async run(migration, model) {
      model.moved = true;
      await withBatches(migration, (batches) => [...batches].reverse());
    },
  }),
  command({
    name: "a wave split",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), name: fc.constantFrom(...names), leave }),
    possible: () => true,
    typed: ({ wave, name }) => `plan and lists: half of wave ${wave + 1} becomes ${name}; pulumi up --yes`,
    async run(migration, model, { wave, name, leave }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined || !isFree(migration, name)) return;
      const rows = migration.list(chosen.csv);
      if (rows.length < 2) return;
      const half = Math.ceil(rows.length / 2);
      await tried(
        migration,
        model,
        async () => {
          await migration.writeList(chosen.csv, rows.slice(0, half));
          await migration.writeList(fileOf(name), rows.slice(half));
          await withBatches(migration, (batches) =>
            batches.flatMap((batch) =>
              batch.name === chosen.name ? [batch, { ...batch, name, csv: fileOf(name) }] : batch,
            ),
          );
        },
        leave,
      );
    },
  }),
  command({
    name: "two waves made one",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), into: fc.nat(7), leave }),
    possible: () => true,
    typed: ({ wave, into }) => `plan and lists: wave ${wave + 1} goes into wave ${into + 1}; pulumi up --yes`,
    async run(migration, model, { wave, into, leave }) {
      const [goes, stays] = [waveAt(migration, wave), waveAt(migration, into)];
      if (goes === undefined || stays === undefined || goes.name === stays.name) return;
      await tried(
        migration,
        model,
        async () => {
          await migration.writeList(stays.csv, [...migration.list(stays.csv), ...migration.list(goes.csv)]);
          await withBatches(migration, (batches) => batches.filter(({ name }) => name !== goes.name));
          await migration.removeList(goes.csv);
        },
        leave,
      );
    },
  }),
  command({
    name: "a wave taken out",
    weight: 1,
    data: fc.record({ wave: fc.nat(7), leave }),
    possible: () => true,
    typed: ({ wave }) => `plan: wave ${wave + 1} taken out; pulumi up --yes`,
    async run(migration, model, { wave, leave }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined || migration.plan.waves.length < 2) return;
      const without = () =>
        withBatches(migration, (batches) => batches.filter(({ name }) => name !== chosen.name));
      await tried(migration, model, without, leave);
    },
  }),
];
