import { stageReachedProvider } from "../../providers/stage-reached.js";
import type { StageName } from "../../src/plan/index.js";
import { currentRun } from "../../src/plan/run.js";

test.each([
  { before: undefined, stage: "prepare", furthest: "prepare" },
  { before: "prepare", stage: "verify", furthest: "verify" },
  { before: "retire", stage: "route", furthest: "retire" },
])("at $stage, once at $before: the furthest stage ever done is $furthest", async (row) => {
  const olds = row.before === undefined ? {} : { stage: row.before, furthest: row.before };
  currentRun().of("contoso.com").apply({ waive: [] });
  const checked = await stageReachedProvider.check?.(olds, { stage: row.stage });
  expect(checked?.inputs).toMatchObject({ stage: row.stage, furthest: row.furthest } satisfies {
    stage: string;
    furthest: StageName | string;
  });
});
