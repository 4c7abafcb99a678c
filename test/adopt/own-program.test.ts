import { componentType, startProgram } from "../component/program.js";
import { changesOf, jumpTo } from "../engine/by-hand.js";
import { adoptIn } from "./in-process.js";

test("a migration that a program of one's own declares is taken over under its component", async () => {
  const { rehearsal, stack } = await startProgram(({ StagedMigration }) => {
    const { stage, reached } = new StagedMigration("contoso");
    return { stage, reached };
  });
  try {
    await jumpTo(rehearsal, "migrate");
    const before = (await stack.exportState()).resources.map(({ urn }) => urn).sort();
    await stack.loseState();
    const { run, differs, absent, entries } = await adoptIn(stack);
    expect({ code: run.code, differs, absent }).toEqual({ code: 0, differs: [], absent: [] });
    expect(entries).toContainEqual({ type: componentType, name: "contoso", component: true });
    const preview = await stack.preview();
    expect({ errors: preview.errors, changes: changesOf(preview) }).toEqual({ errors: "", changes: [] });
    expect(changesOf(await rehearsal.up())).toEqual([]);
    expect((await stack.exportState()).resources.map(({ urn }) => urn).sort()).toEqual(before);
  } finally {
    await rehearsal.close();
  }
}, 60_000);
