import fc from "fast-check";
import { stages } from "../../../src/plan/index.js";
import { command, type Phase } from "../command.js";

const waves = ["wave1", "wave2"] as const;
const csvOf = (wave: string) => `mailboxes/${wave}.csv`;
const phases: readonly Phase[] = ["created", "started", "converted"];

/** What the user edits: plan and lists. Nothing happens before the next `pulumi up`. */
export const userCommands = [
  command({
    name: "the next stage",
    weight: 4,
    data: fc.constant(undefined),
    possible: ({ stage }) => stage !== "complete",
    typed: () => "plan: stage: the next one",
    async run(migration, model) {
      model.stage = stages[stages.indexOf(model.stage) + 1] ?? "complete";
      model.moved = true;
      await migration.edit((plan) => ({ ...plan, stage: model.stage }));
    },
  }),
  command({
    name: "another stage",
    weight: 1,
    data: fc.constantFrom(...stages),
    possible: ({ stage }, to) => stage !== to,
    typed: (to) => `plan: stage: ${to}`,
    async run(migration, model, to) {
      model.stage = to;
      model.moved = true;
      await migration.edit((plan) => ({ ...plan, stage: to }));
    },
  }),
  command({
    name: "a wave's phase",
    weight: 4,
    data: fc.record({ wave: fc.constantFrom(...waves), phase: fc.constantFrom(...phases) }),
    possible: (model, { wave, phase }) => model.phases.get(wave) !== phase,
    typed: ({ wave, phase }) => `plan: ${wave}: phase: ${phase}`,
    async run(migration, model, { wave, phase }) {
      model.phases.set(wave, phase);
      model.moved = true;
      await migration.edit((plan) => ({
        ...plan,
        batches: plan.batches.map((batch) => (batch.name === wave ? { ...batch, phase } : batch)),
      }));
    },
  }),
  command({
    name: "a row out",
    weight: 2,
    data: fc.record({ wave: fc.constantFrom(...waves), at: fc.nat(4) }),
    possible: () => true,
    typed: ({ wave, at }) => `${csvOf(wave)}: row ${at + 1} taken out`,
    async run(migration, model, { wave, at }) {
      const rows = migration.list(csvOf(wave));
      if (rows.length < 2) return;
      model.moved = true;
      await migration.writeList(
        csvOf(wave),
        rows.filter((_, index) => index !== at % rows.length),
      );
    },
  }),
  command({
    name: "a row in",
    weight: 2,
    data: fc.record({
      wave: fc.constantFrom(...waves),
      address: fc.constantFrom("pilarp", "tobyn", "anna", "bert"),
    }),
    possible: () => true,
    typed: ({ wave, address }) => `${csvOf(wave)}: ${address}@contoso.com added, where no list has it`,
    async run(migration, model, { wave, address }) {
      const row = `${address}@contoso.com`;
      if (waves.some((other) => migration.list(csvOf(other)).includes(row))) return;
      model.moved = true;
      await migration.writeList(csvOf(wave), [...migration.list(csvOf(wave)), row]);
    },
  }),
  command({
    name: "a list the other way round",
    weight: 1,
    data: fc.constantFrom(...waves),
    possible: () => true,
    typed: (wave) => `tac ${csvOf(wave)}`,
    async run(migration, model, wave) {
      model.moved = true;
      await migration.writeList(csvOf(wave), [...migration.list(csvOf(wave))].reverse());
    },
  }),
];
