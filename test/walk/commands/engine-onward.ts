import fc from "fast-check";
import { stages } from "../../../src/plan/index.js";
import { command } from "../command.js";
import { holdRemedies } from "../invariants/remedies.js";
import { remedy } from "./engine-remedy.js";
import { setAsPrinted } from "./printed.js";
import { up } from "./up.js";

/** How often an update is tried at one stage, and how long is waited after each, hours. */
const waits = [0.3, 1, 25, 49, 74, 25, 49] as const;

/** What ends one walk in five (`draw`), and is never drawn itself. */
export const engineOnwardCommands = [
  command({
    name: "onward to the end",
    weight: 0,
    data: fc.constant(undefined),
    possible: () => true,
    typed: () => "plan: stage after stage, pulumi up --yes and what a refusal says, until complete",
    async run(migration, model) {
      for (let stage = 0; stage < stages.length; stage += 1) {
        const applied = model.reached;
        const next = stages[applied === undefined ? 0 : stages.indexOf(applied) + 1];
        if (next === undefined) return;
        for (const hours of waits) {
          // What was refused may have said to go back first: done, the way is on again.
          if (migration.last === undefined || migration.last.code === 0 || hours === waits[0]) {
            model.stage = next;
            model.moved = true;
            await migration.edit((plan) => ({ ...plan, stage: next }));
          }
          const went = await up(migration, model);
          const set = await setAsPrinted(migration);
          if (went && model.reached === next && !set) break;
          await migration.lab.advance(hours * 3600);
          model.moved = true;
          if (!went && hours >= 25) await remedy(migration, model, migration.last?.errors ?? "");
        }
        if (model.reached === applied && migration.last?.code !== 0) break;
      }
      const { last } = migration;
      if (last !== undefined && last.code !== 0)
        holdRemedies(
          last.diagnostics.flatMap(({ severity, message }) => (severity === "error" ? [message] : [])),
        );
    },
  }),
];
