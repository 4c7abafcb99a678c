import fc from "fast-check";
import type { PlanInput } from "../../../src/plan/index.js";
import { stages } from "../../../src/plan/index.js";
import { command } from "../command.js";
import type { Migration } from "../migration.js";

const phases: readonly Wave["phase"][] = ["created", "started", "converted"];

type Wave = PlanInput["waves"][number];

/** One of the plan's waves, by a number that was drawn before it was known how many there are. */
export const waveAt = ({ plan }: Migration, at: number): Wave | undefined =>
  plan.waves[at % plan.waves.length];

/** Everybody whom a list names. */
export const listed = (migration: Migration): Set<string> =>
  new Set(migration.plan.waves.flatMap(({ csv }) => [...migration.list(csv)]));

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
    data: fc.record({ wave: fc.nat(7), phase: fc.constantFrom(...phases) }),
    possible: () => true,
    typed: ({ wave, phase }) => `plan: wave ${wave + 1}, counted round: phase: ${phase}`,
    async run(migration, model, { wave, phase }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined || chosen.phase === phase) return;
      model.moved = true;
      await migration.edit((plan) => ({
        ...plan,
        waves: plan.waves.map((batch) => (batch.name === chosen.name ? { ...batch, phase } : batch)),
      }));
    },
  }),
  command({
    name: "a row out",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), at: fc.nat(49) }),
    possible: () => true,
    typed: ({ wave, at }) => `list of wave ${wave + 1}: row ${at + 1} taken out, both counted round`,
    async run(migration, model, { wave, at }) {
      const { csv = "" } = waveAt(migration, wave) ?? {};
      const rows = migration.list(csv);
      if (rows.length < 2) return;
      model.moved = true;
      await migration.writeList(
        csv,
        rows.filter((_, index) => index !== at % rows.length),
      );
    },
  }),
  command({
    name: "a row in",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), at: fc.nat(49) }),
    possible: () => true,
    typed: ({ wave, at }) => `list of wave ${wave + 1}: mailbox ${at + 1} of those that no list has is added`,
    async run(migration, model, { wave, at }) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      const taken = listed(migration);
      const { mailboxes } = await migration.lab.state();
      const free = mailboxes.map(({ emailAddress }) => emailAddress).filter((address) => !taken.has(address));
      const row = free[at % free.length];
      if (row === undefined) return;
      model.moved = true;
      await migration.writeList(csv, [...migration.list(csv), row]);
    },
  }),
  command({
    name: "a list the other way round",
    weight: 1,
    data: fc.nat(7),
    possible: () => true,
    typed: (wave) => `tac list of wave ${wave + 1}`,
    async run(migration, model, wave) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      model.moved = true;
      await migration.writeList(csv, [...migration.list(csv)].reverse());
    },
  }),
];
