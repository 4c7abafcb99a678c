import fc from "fast-check";
import { stages } from "../../../src/plan/index.js";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { up } from "./up.js";

const year = 365 * 24;

/** Servers and machines that are not of one time. */
export const clockCommands = [
  command({
    name: "the second name server lags",
    weight: 4,
    data: fc.constantFrom(0, 0, 0.1, 2, 30, 100, year),
    possible: () => true,
    typed: (hours) =>
      `the zone's second name server transfers it ${hours === 0 ? "at once" : hours === year ? "no more" : `every ${hours} hours`}`,
    async run({ lab, shape }, _model, hours) {
      if (shape.secondary) lab.faults.behave({ secondaryLagSeconds: hours * 3600 });
    },
  }),
  command({
    name: "the runner's clock",
    weight: 2,
    data: fc.record({ hours: fc.constantFrom(-year, -30, -6, -0.2, 0.2, 6, 30, year), on: fc.boolean() }),
    possible: () => true,
    typed: ({ hours, on }) =>
      `date -s: the machine that runs Pulumi is ${Math.abs(hours)} hours ${hours < 0 ? "behind" : "ahead"}; ${on ? "plan: the next stage; " : ""}pulumi up --yes; set right; pulumi up --yes`,
    async run(migration, model, { hours, on }) {
      model.moved = true;
      if (on) {
        const applied = model.reached === undefined ? -1 : stages.indexOf(model.reached);
        model.stage = stages[applied + 1] ?? "complete";
        await migration.edit((plan) => ({ ...plan, stage: model.stage }));
      }
      await migration.stack.shiftClock(hours / 24);
      await up(migration, model);
      await migration.stack.shiftClock(0);
      await up(migration, model);
      const { errors = "" } = migration.last ?? {};
      if (/clocks by NTP/.test(errors))
        throw new Violated("5 the remedy is one", `the clock is right: ${errors}`);
    },
  }),
];
