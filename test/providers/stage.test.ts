import { removedWaves, stageProblems } from "../../src/migration/stage-step.js";
import { stages } from "../../src/plan/index.js";

const tenant = { id: "0a1b2c3d-1111-4222-8333-444455556666" };
const at = (stage: (typeof stages)[number]) => ({
  stage,
  domain: "contoso.com",
  tenant,
  phases: waves("wave1"),
  waive: [],
});
const waves = (...names: string[]) => Object.fromEntries(names.map((name) => [name, "started" as const]));

describe("the step from one plan to the next", () => {
  test.each(
    stages.flatMap((from, before) =>
      stages.map((to, after) => ({ from, to, allowed: Math.abs(after - before) <= 1 })),
    ),
  )("$from → $to is allowed: $allowed", ({ from, to, allowed }) => {
    expect(stageProblems(at(to), at(from)).length === 0).toBe(allowed);
  });

  test.each([
    { from: "prepare", begun: "verify", to: "verify", code: undefined },
    { from: "prepare", begun: "verify", to: "prepare", code: undefined },
    { from: "prepare", begun: "verify", to: "connect", code: "stage-unfinished" },
    { from: "prepare", begun: "verify", to: "route", code: "stage-unfinished" },
    { from: "prepare", begun: "connect", to: "verify", code: undefined },
    { from: "route", begun: "migrate", to: "route", code: undefined },
    { from: "route", begun: "migrate", to: "migrate", code: undefined },
    { from: "route", begun: "migrate", to: "connect", code: "stage-skipped-back" },
    { from: "verify", begun: "connect", to: "prepare", code: "stage-skipped-back" },
    { from: null, begun: "prepare", to: "prepare", code: undefined },
    { from: null, begun: "prepare", to: "verify", code: "stage-unfinished" },
  ] as const)("$from is done and $begun begun: $to gives $code", ({ from, begun, to, code }) => {
    const codes = stageProblems(at(to), at(begun), from).map((problem) => problem.code);
    expect(codes).toEqual(code === undefined ? [] : [code]);
  });

  test("a first update begins at prepare", () => {
    expect(stageProblems(at("prepare"), undefined)).toEqual([]);
    expect(stageProblems(at("verify"), undefined)).toMatchObject([{ code: "stage-skipped" }]);
  });

  test("a waiver of stage-order lets a migration begun by hand be taken over", () => {
    const waive = [{ gate: "stage-order" as const, reason: "begun in the admin center" }];
    expect(stageProblems({ ...at("migrate"), waive }, undefined)).toEqual([]);
  });

  test("a stack keeps its tenant", () => {
    const other = { id: "9f8e7d6c-1111-4222-8333-444455556666" };
    expect(stageProblems({ ...at("verify"), tenant: other }, at("prepare"))).toMatchObject([
      { code: "tenant-changed" },
    ]);
    expect(
      stageProblems({ ...at("verify"), tenant: { id: tenant.id.toUpperCase() } }, at("prepare")),
    ).toEqual([]);
  });

  test.each([
    { from: "route", to: "retire", late: [] },
    { from: "retire", to: "retire", late: ["wave2"] },
    { from: "complete", to: "retire", late: ["wave2"] },
    { from: "retire", to: "route", late: [] },
  ] as const)("$from → $to: $late would never be copied", ({ from, to, late }) => {
    const problems = stageProblems({ ...at(to), phases: waves("wave1", "wave2") }, at(from));
    expect(problems.map(({ subject }) => subject)).toEqual(late.map((wave) => `wave ${wave}`));
  });

  test.each([
    { from: "migrate", to: "migrate", olds: waves("a", "b"), news: waves("a"), removed: ["b"] },
    { from: "migrate", to: "connect", olds: waves("a", "b"), news: waves("a", "b"), removed: ["a", "b"] },
    { from: "connect", to: "connect", olds: waves("a"), news: waves(), removed: [] },
    { from: "route", to: "retire", olds: waves("a"), news: waves(), removed: ["a"] },
    { from: "retire", to: "complete", olds: waves("a"), news: waves(), removed: [] },
  ] as const)("$from → $to: batches of $removed would be deleted", ({ from, to, olds, news, removed }) => {
    expect(removedWaves({ stage: to, phases: news }, { stage: from, phases: olds })).toEqual(removed);
  });
});
