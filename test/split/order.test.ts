import { parsePlan } from "../../src/plan/index.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import {
  joined,
  revisionOf,
  roleOf,
  shareDigest,
  stackProblems,
  waveStackProblems,
  wavesOf,
} from "../../src/plan/split/index.js";
import { samplePlan } from "../plan/sample-plan.js";

const waves = [
  { name: "own", csv: "own.csv" },
  { name: "north", csv: "north.csv", stack: "waves-a" },
  { name: "south", csv: "south.csv", stack: "waves-b" },
  { name: "east", csv: "east.csv", stack: "waves-a" },
];
const plan = parsePlan(samplePlan({ domainStack: "domain", waves }));
const locals = new Map(waves.map(({ name }) => [name, MailboxSet.ofNames([`${name}1`, `${name}2`])]));

describe("the part of a plan that a stack is", () => {
  test.each([
    ["domain", { kind: "domain", waveStacks: ["waves-a", "waves-b"] }, ["own"]],
    ["waves-a", { kind: "waves", domainStack: "domain" }, ["north", "east"]],
    ["waves-b", { kind: "waves", domainStack: "domain" }, ["south"]],
  ])("%s", (stack, part, names) => {
    expect(roleOf(plan, stack)).toEqual(part);
    expect(wavesOf(plan, stack).map(({ name }) => name)).toEqual(names);
  });

  test("a stack of another name is refused, and told the names there are", () => {
    expect(() => roleOf(plan, "waves-c")).toThrow(/its domain stack is domain, .* waves-a, waves-b/);
  });

  test("a plan that is not split is whole in any stack, and so is a split one that is joined", () => {
    const whole = parsePlan(joined(plan));
    expect(roleOf(whole, "rehearsal")).toEqual({ kind: "whole" });
    expect(wavesOf(whole, "rehearsal")).toHaveLength(4);
  });

  test("its digest changes with its waves and mailboxes, not with the stage, the order of rows, or another stack's", () => {
    const digest = shareDigest(plan, "waves-a", locals);
    const withRows = (name: string, rows: string[]) =>
      shareDigest(plan, "waves-a", new Map([...locals, [name, MailboxSet.ofNames(rows)]]));
    expect(withRows("north", ["north2", "north1"])).toBe(digest);
    expect(withRows("south", ["other"])).toBe(digest);
    expect(withRows("north", ["north1"])).not.toBe(digest);
    const changed = (parts: Record<string, unknown>) =>
      parsePlan(samplePlan({ domainStack: "domain", waves, ...parts }));
    expect(shareDigest(changed({ stage: "route" }), "waves-a", locals)).toBe(digest);
    expect(shareDigest(changed({ licenses: { sku: "OTHER" } }), "waves-a", locals)).not.toBe(digest);
    expect(revisionOf(changed({}))).toBe(revisionOf(plan));
    expect(revisionOf(changed({ stage: "route" }))).not.toBe(revisionOf(plan));
  });
});

describe("a wave stack follows the domain stack", () => {
  const own = {
    stack: "waves-a",
    domainStack: "domain",
    stage: "migrate",
    revision: "r1",
    share: "p1",
  } as const;
  const said = { stage: "migrate", revision: "r1", shares: { "waves-a": "p1" } };

  test.each([
    ["the same plan and lists", said, []],
    ["nothing", undefined, ["stack domain: was not applied yet"]],
    ["something else", { stage: 4 }, ["stack domain: was not applied yet"]],
    [
      "an earlier stage",
      { ...said, stage: "connect" },
      ["stack domain: is at stage connect, and the plan says migrate"],
    ],
    ["a later stage", { ...said, stage: "route" }, ["stack waves-a: would be applied at stage migrate"]],
    ["another plan", { ...said, revision: "r0" }, ["stack domain: was applied with revision r0"]],
    [
      "other lists",
      { ...said, shares: { "waves-a": "p0" } },
      ["stack domain: has not seen the mailbox lists of waves-a"],
    ],
    ["no such part", { ...said, shares: {} }, ["stack domain: has not seen the mailbox lists of waves-a"]],
  ])("that says %s", (_name, handover, expected) => {
    const problems = waveStackProblems(own, handover).map(({ subject, reason }) => `${subject}: ${reason}`);
    expect(problems).toEqual(expected.map((text) => expect.stringContaining(text)));
  });
});

describe("the domain stack waits for every wave stack", () => {
  const at = (stage: string, more: object = {}) => ({
    stack: "waves-a",
    share: "p1",
    handover: { stage, share: "p1", ...more },
  });
  const since = "2026-11-23T01:00:00.000Z";

  test.each([
    ["route", at("migrate"), undefined, []],
    ["route", at("connect"), undefined, ["was last applied at stage connect, not at migrate"]],
    ["route", { stack: "waves-a", share: "p1" }, undefined, ["was not applied yet"]],
    [
      "route",
      { ...at("migrate"), share: "p2" },
      undefined,
      ["was not applied since its waves or mailbox lists"],
    ],
    ["retire", at("route", { routedAt: since }), since, []],
    ["retire", at("migrate"), since, ["was last applied at stage migrate, not at route"]],
    ["retire", at("route"), since, ["was not applied since the MX was seen to be the tenant's"]],
    [
      "retire",
      at("route", { routedAt: "2026-11-01T01:00:00.000Z" }),
      since,
      ["was not applied since the MX"],
    ],
    ["complete", at("route", { routedAt: since }), since, ["was last applied at stage route, not at retire"]],
    ["complete", at("retire"), since, []],
  ] as const)("before %s: %j", (stage, stack, routedAt, expected) => {
    const problems = stackProblems(stage, [stack], routedAt).map(({ reason }) => reason);
    expect(problems).toEqual(expected.map((text) => expect.stringContaining(text)));
  });
});
