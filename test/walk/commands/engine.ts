import fc from "fast-check";
import { stages } from "../../../src/plan/index.js";
import { command } from "../command.js";
import { cutOff } from "./cut-off.js";
import { remedy } from "./engine-remedy.js";
import { setAsPrinted } from "./printed.js";
import { nextStage, up } from "./up.js";

/** How long a user waits before the next try, hours: for a proof, a synchronization, the former TTL, the 72 hours. */
const hoursWaited = [0.3, 1, 25, 49, 49] as const;

/** What the user has Pulumi do. */
export const engineCommands = [
  command({
    name: "up",
    weight: 16,
    data: fc.record({ skipPreview: fc.boolean() }),
    possible: () => true,
    typed: ({ skipPreview }) => `pulumi up --yes${skipPreview ? " --skip-preview" : ""}`,
    async run(migration, model, options) {
      await up(migration, model, options);
    },
  }),
  command({
    name: "on",
    // Often enough that most walks come far: what is wrong late is seen nowhere else.
    weight: 60,
    data: fc.boolean(),
    possible: () => true,
    typed: (convert) =>
      `plan: the stage after the one that was applied${convert ? ", and all waves converted" : ""}; pulumi up --yes, until it goes well, for a week, and what a refusal says`,
    async run(migration, model, convert) {
      await nextStage(migration, model, convert);
      // What a person sets is seen by the next update, and counts from then.
      const enough = migration.plan.dns.host === "manual" ? 25 : 1;
      for (const hours of hoursWaited) {
        const went = await up(migration, model);
        await setAsPrinted(migration);
        await migration.lab.advance(hours * 3600);
        model.moved = true;
        if (went && hours >= enough) return;
        // Once time alone was of no use, what is refused is read.
        if (!went && hours >= 25) await remedy(migration, model, migration.last?.errors ?? "");
      }
    },
  }),
  command({
    name: "on in a hurry",
    weight: 4,
    data: fc.boolean(),
    possible: () => true,
    typed: (convert) =>
      `plan: the stage after the one that was applied${convert ? ", and all waves converted" : ""}; pulumi up --yes, once`,
    async run(migration, model, convert) {
      await nextStage(migration, model, convert);
      await up(migration, model);
    },
  }),
  command({
    name: "back",
    weight: 3,
    data: fc.constantFrom(1, 1, 1, 2),
    possible: ({ reached }) => reached !== undefined && reached !== "prepare",
    typed: (by) => `plan: ${by === 1 ? "the stage before" : `${by} stages back`}; pulumi up --yes`,
    async run(migration, model, by) {
      const { reached = "prepare" } = model;
      model.stage = stages[Math.max(0, stages.indexOf(reached) - by)] ?? "prepare";
      await migration.edit((plan) => ({ ...plan, stage: model.stage }));
      await up(migration, model);
    },
  }),
  command({
    name: "destroy",
    weight: 1,
    data: fc.constant(undefined),
    possible: ({ reached }) => reached !== undefined,
    typed: () => "pulumi destroy --yes --skip-preview",
    async run(migration, model) {
      migration.last = await migration.stack.destroy();
      model.moved = true;
      if (migration.last.code !== 0) return;
      model.reached = undefined;
      model.stage = "prepare";
      await migration.edit((plan) => ({ ...plan, stage: "prepare" }));
    },
  }),
  command({
    name: "preview",
    weight: 2,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "pulumi preview",
    async run(migration) {
      migration.last = await migration.stack.preview();
    },
  }),
  command({
    name: "refresh",
    weight: 1,
    data: fc.constant(undefined),
    possible: ({ reached }) => reached !== undefined,
    typed: () => "pulumi refresh --yes --skip-preview",
    async run(migration, model) {
      migration.last = await migration.stack.refresh();
      model.moved = true;
    },
  }),
  command({
    name: "killed",
    weight: 2,
    data: fc.record({ after: fc.nat(25), done: fc.boolean() }),
    possible: () => true,
    typed: ({ after, done }) =>
      `pulumi up --yes --skip-preview, and kill -9 at request ${after + 1}, ${done ? "after" : "before"} it took effect`,
    run: (migration, model, { after, done }) =>
      cutOff(migration, model, { kind: done ? "hang-after" : "hang", skip: after }, "SIGKILL"),
  }),
];
