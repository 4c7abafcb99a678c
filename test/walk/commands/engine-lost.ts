import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { command } from "../command.js";
import { forgotten, proofs } from "./forgotten.js";
import { up } from "./up.js";

/** What a machine that is gone had, by path from the folder of Pulumi.yaml. */
const files = ["snapshots", ".mailstage", "kept"] as const;

/** Folders that an update makes when it first writes there. */
const folders = ["snapshots", ".mailstage/reports"] as const;

/** What gets lost. */
export const engineLostCommands = [
  command({
    name: "the state lost",
    weight: 1,
    data: fc.constant(undefined),
    possible: ({ reached }) => reached !== undefined,
    typed: () =>
      "pulumi stack rm --force; pulumi stack init; plan: stage: prepare, to begin anew with what is there",
    async run(migration, model) {
      const { endpoints } = await migration.lab.state();
      const names = [...endpoints.map(({ name }) => name), migration.plan.source.endpointName ?? "mailstage"];
      // Nobody knows any more that the endpoint of another name was the migration's: it stays beside the plan's.
      if (new Set(names).size > 1) for (const name of names) model.byHand.add(`not-asked-for ${name}`);
      await forgotten(migration, model, await proofs(migration));
      await migration.loseState();
      model.reached = undefined;
      model.stage = "prepare";
      model.moved = true;
      await migration.edit((plan) => ({ ...plan, stage: "prepare" }));
    },
  }),
  command({
    name: "files lost",
    weight: 1,
    data: fc.record({ path: fc.constantFrom(...files), waived: fc.boolean() }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ path, waived }) =>
      `rm -r ${path}${waived ? "; plan: waive: snapshots-kept" : ""}; pulumi up --yes`,
    async run(migration, model, { path, waived }) {
      await migration.lose(path);
      model.moved = true;
      const already = migration.plan.waive?.some(({ gate }) => gate === "snapshots-kept") === true;
      if (waived && !already) {
        const waiver = { gate: "snapshots-kept" as const, reason: "the machine that had them is gone" };
        await migration.edit((plan) => ({ ...plan, waive: [...(plan.waive ?? []), waiver] }));
      }
      await up(migration, model);
    },
  }),
  command({
    name: "a file in a folder's place",
    weight: 1,
    data: fc.constantFrom(...folders),
    possible: () => true,
    typed: (folder) => `touch ${folder}, where nothing is; pulumi up --yes; rm ${folder}; pulumi up --yes`,
    async run(migration, model, folder) {
      if (existsSync(join(migration.stack.folder, folder))) return;
      await migration.stack.write(folder, "");
      model.moved = true;
      const went = await up(migration, model);
      await migration.lose(folder);
      if (!went) await up(migration, model);
    },
  }),
];
