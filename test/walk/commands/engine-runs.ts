import fc from "fast-check";
import { command } from "../command.js";
import { applyChosen, typedChosen } from "../options.js";
import { chosen } from "../shape.js";
import { cutOff, settled } from "./cut-off.js";
import { setAsPrinted } from "./printed.js";
import { learned, up } from "./up.js";

/** Other ways to have Pulumi do it. */
export const engineRunCommands = [
  command({
    name: "up after an old preview",
    weight: 2,
    data: chosen("free"),
    possible: () => true,
    typed: (choice) => `pulumi preview; ${typedChosen(choice)}; pulumi up --yes --skip-preview`,
    async run(migration, model, choice) {
      await migration.stack.preview();
      const setBack = migration.remember();
      await migration.edit((plan) => applyChosen(plan, choice));
      model.moved = true;
      if (!(await up(migration, model, { skipPreview: true }))) await setBack();
    },
  }),
  command({
    name: "up --refresh",
    weight: 2,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "pulumi up --yes --refresh",
    async run(migration, model) {
      learned(migration, model, await migration.stack.run("up", "--yes", "--refresh"));
    },
  }),
  command({
    name: "one resource only",
    weight: 2,
    data: fc.nat(99),
    possible: ({ reached }) => reached !== undefined,
    typed: (at) => `pulumi up --yes --target resource ${at + 1} of the state, counted round`,
    async run(migration, model, at) {
      const { resources } = await migration.stack.exportState();
      const own = resources.filter(({ type }) => !type.startsWith("pulumi:"));
      const target = own[at % own.length];
      if (target === undefined) return;
      migration.last = await migration.stack.run("up", "--yes", "--skip-preview", "--target", target.urn);
      model.moved = true;
    },
  }),
  command({
    name: "killed while saving",
    weight: 2,
    data: fc.record({ step: fc.nat(40), before: fc.boolean() }),
    possible: () => true,
    typed: ({ step, before }) =>
      `pulumi up --yes --skip-preview, and kill -9 ${before ? "before" : "after"} its step ${step + 1}, of which nothing is saved`,
    async run(migration, model, { step, before }) {
      const { killAt, stack } = migration;
      let seen = 0;
      const when = before ? "before" : "after";
      killAt((moment) => moment.op !== "same" && moment.when === when && seen++ === step);
      await stack.run("up", "--yes", "--skip-preview");
      killAt(undefined);
      await stack.endOrphans();
      await settled(migration);
      await stack.cancel();
      model.moved = true;
    },
  }),
  command({
    name: "interrupted",
    weight: 2,
    data: fc.nat(25),
    possible: () => true,
    typed: (after) => `pulumi up --yes --skip-preview, and Ctrl-C at request ${after + 1}`,
    run: (migration, model, after) =>
      cutOff(migration, model, { kind: "hang", skip: after, count: 1 }, "SIGINT"),
  }),
  command({
    name: "as printed",
    weight: 3,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "at the DNS host, where it is set by hand: what the last update printed",
    async run(migration, model) {
      if (await setAsPrinted(migration)) model.moved = true;
    },
  }),
  command({
    name: "destroyed and begun anew",
    weight: 1,
    data: fc.record({ hours: fc.constantFrom(0, 1, 80) }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ hours }) => `pulumi destroy --yes; ${hours} hours later plan: stage: prepare; pulumi up --yes`,
    async run(migration, model, { hours }) {
      const destroyed = await migration.stack.destroy();
      migration.last = destroyed;
      model.moved = true;
      if (destroyed.code !== 0) return;
      model.reached = undefined;
      model.stage = "prepare";
      await migration.edit((plan) => ({ ...plan, stage: "prepare" }));
      await migration.lab.advance(hours * 3600);
      await up(migration, model);
    },
  }),
];
