import { removedWaves, stageProblems } from "../../providers/stage.js";
import { stages } from "../../src/plan/index.js";

const at = (stage: (typeof stages)[number]) => ({ stage, domain: "contoso.com", waive: [] });
const waves = (...names: string[]) => Object.fromEntries(names.map((name) => [name, "started" as const]));

describe("the step from one plan to the next", () => {
  test.each(
    stages.flatMap((from, before) =>
      stages.map((to, after) => ({ from, to, allowed: Math.abs(after - before) <= 1 })),
    ),
  )("$from → $to is allowed: $allowed", ({ from, to, allowed }) => {
    expect(stageProblems(at(to), at(from)).length === 0).toBe(allowed);
  });

  test("a first update begins at prepare", () => {
    expect(stageProblems(at("prepare"), undefined)).toEqual([]);
    expect(stageProblems(at("verify"), undefined)).toMatchObject([{ code: "stage-skipped" }]);
  });

  test("a waiver of stage-order lets a migration begun by hand be taken over", () => {
    const waive = [{ gate: "stage-order" as const, reason: "begun in the admin center" }];
    expect(stageProblems({ ...at("migrate"), waive }, undefined)).toEqual([]);
  });

  test.each([
    { from: "migrate", to: "migrate", olds: waves("a", "b"), news: waves("a"), removed: ["b"] },
    { from: "migrate", to: "connect", olds: waves("a", "b"), news: waves("a", "b"), removed: ["a", "b"] },
    { from: "connect", to: "connect", olds: waves("a"), news: waves(), removed: [] },
    { from: "route", to: "retire", olds: waves("a"), news: waves(), removed: ["a"] },
    { from: "retire", to: "complete", olds: waves("a"), news: waves(), removed: [] },
  ] as const)("$from → $to: batches of $removed would be deleted", ({ from, to, olds, news, removed }) => {
    expect(removedWaves({ stage: to, batches: news }, { stage: from, batches: olds })).toEqual(removed);
  });
});
