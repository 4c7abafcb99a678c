import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import {
  connectDirectory,
  noteEvents,
  readSnapshot,
  restoreUsers,
} from "../../../src/on-premises/directory/index.js";
import { parsePlan } from "../../../src/plan/index.js";
import { readDurably } from "../../../src/snapshots/durable-lines.js";
import { command, type Model } from "../command.js";
import { heldTwice, holdKept, holdRestored } from "../invariants/restored.js";
import type { Migration } from "../migration.js";
import { domainStackName } from "../shape.js";
import { doneByHand } from "./hand.js";
import { waveAt } from "./user.js";

/** The snapshot of a wave, where the update keeps it; undefined where there is none. */
async function snapshotOf({ stack, plan }: Migration, wave: string): Promise<string | undefined> {
  for (const place of [plan.conversion?.snapshots ?? "snapshots", "snapshots", "kept/users"]) {
    const owner = plan.waves.find(({ name }) => name === wave)?.stack ?? domainStackName;
    const file = join(stack.folder, place, owner, `${wave}.jsonl`);
    const lines = await readSnapshot(file).catch(() => []);
    if (lines.length > 0) return file;
  }
  return undefined;
}

/** `mailstage restore`, as the CLI does it. @returns whom it restored */
async function restored(
  migration: Migration,
  model: Model,
  wave: string,
  at: number | undefined,
): Promise<string[]> {
  const file = await snapshotOf(migration, wave);
  if (file === undefined) return [];
  const lines = await readSnapshot(file);
  const one = at === undefined ? undefined : lines[at % lines.length]?.address;
  const { directory: settings } = parsePlan(migration.labPlan());
  const directory = await connectDirectory(
    settings,
    migration.lab.environment["MAILSTAGE_DIRECTORY_PASSWORD"] ?? "",
  );
  const done: string[] = [];
  try {
    const held = heldTwice(await migration.lab.state());
    await doneByHand(migration, model, /./, async () => {
      const result = await restoreUsers(directory, lines, one === undefined ? undefined : [one], (ready) =>
        noteEvents(file, "restored", ready),
      );
      done.push(...result.restored);
      holdRestored(result, lines, held, await migration.lab.state());
    });
  } finally {
    await directory.close();
  }
  return done;
}

/** What `mailstage restore` does, and lets be done again. */
export const engineRestoreCommands = [
  command({
    name: "restored",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), at: fc.option(fc.nat(49), { nil: null }), listed: fc.boolean() }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ wave, at, listed }) =>
      `mailstage restore of wave ${wave + 1}, ${at === null ? "--all" : `--user ${at + 1} of its snapshot`}${listed ? "" : "; taken out of its list"}`,
    async run(migration, model, { wave, at, listed }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined) return;
      const who = await restored(migration, model, chosen.name, at ?? undefined);
      if (who.length === 0) return;
      // Mail for who is a mailbox on premises again stays there: who restores wants that.
      for (const address of who) model.byHand.add(`mail-lost ${address}`);
      model.moved = true;
      if (listed) return;
      const left = migration.list(chosen.csv).filter((address) => !who.includes(address));
      if (left.length > 0) await migration.writeList(chosen.csv, left);
    },
  }),
  command({
    name: "to be converted again",
    weight: 2,
    data: fc.nat(7),
    possible: ({ reached }) => reached !== undefined,
    typed: (wave) => `mailstage restore --convert-again --all of wave ${wave + 1}`,
    async run(migration, model, wave) {
      const chosen = waveAt(migration, wave);
      const file = chosen && (await snapshotOf(migration, chosen.name));
      if (file === undefined) return;
      await noteEvents(file, "released", await readSnapshot(file));
      model.moved = true;
    },
  }),
  command({
    name: "a snapshot edited",
    weight: 2,
    data: fc.nat(7),
    possible: ({ reached }) => reached !== undefined,
    typed: (wave) => `an editor saves the snapshot of wave ${wave + 1} without the end of its last line`,
    async run(migration, _model, wave) {
      const chosen = waveAt(migration, wave);
      const file = chosen && (await snapshotOf(migration, chosen.name));
      if (file === undefined) return;
      const before = await readDurably(file);
      await writeFile(file, (await readFile(file, "utf8")).trimEnd());
      holdKept(before, await readDurably(file));
    },
  }),
];
