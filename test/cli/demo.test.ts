import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labChanges } from "../../src/cli/demo/changes.js";
import { finalStateProblems } from "../../src/cli/demo/final-state.js";
import { type DemoProject, openDemo } from "../../src/cli/demo/project.js";
import { demoSteps } from "../../src/cli/demo/stages.js";
import { readPlan } from "../../src/cli/pulumi-project.js";
import { parsePlan, stages } from "../../src/plan/index.js";

describe("the demo", () => {
  let folder: string;
  let demo: DemoProject;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-demo-"));
    demo = await openDemo(folder);
  });
  afterAll(async () => {
    await demo.lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("has three waves, one of them too long for a single batch", () => {
    expect(demo.files.map(({ rows }) => rows.length)).toEqual([12, 60, 2300]);
  });

  it("passes every stage once, in order", () => {
    const walked = demoSteps("contoso.com").map(({ stage }) => stage);
    expect([...new Set(walked)]).toEqual(stages);
    expect(walked).toEqual([...walked].sort((left, right) => stages.indexOf(left) - stages.indexOf(right)));
  });

  it("leaves a plan that is valid at each of its steps and points at the lab", async () => {
    for (const { stage, phases } of demoSteps("contoso.com")) {
      await demo.advance(stage, phases);
      const plan = parsePlan(await readPlan(demo.project, "demo"));
      expect(plan.stage).toBe(stage);
      expect(plan.tenant.endpoints?.graph).toBe(demo.lab.addresses.graph);
    }
    const last = parsePlan(await readPlan(demo.project, "demo"));
    expect(last.waves.map(({ phase }) => phase)).toEqual(["converted", "converted", "converted"]);
  });

  it("has nothing done before it begins", async () => {
    const state = await demo.lab.state();
    const missing = demoSteps("contoso.com").map((step) => step.missing(state));
    // Before there are batches none is left, and the customary zone has an Autodiscover name of its own.
    expect(missing.slice(0, 7)).not.toContain(undefined);
  });

  it("tells what the lab shows of an update, and nothing of what stayed", async () => {
    const before = await demo.lab.state();
    const mx = before.zone.find(({ type }) => type === "MX");
    if (mx === undefined) throw new Error("the zone has no MX");
    const [person, ...others] = before.directory.filter(({ attributes }) => "homeMDB" in attributes);
    if (person === undefined) throw new Error("nobody has a mailbox");
    const { homeMDB: _gone, ...attributes } = person.attributes;
    const untouched = before.directory.filter((entry) => entry !== person);
    const after = {
      ...before,
      zone: [...before.zone.filter((set) => set !== mx), { ...mx, ttl: 3600 }],
      directory: [...untouched, { ...person, attributes }],
      mailboxes: before.mailboxes.map((one, index) => (index < 2 ? { ...one, licenses: ["sku"] } : one)),
    };
    expect(others.length).toBeGreaterThan(2000);
    expect(labChanges(before, after)).toEqual([
      "MX contoso.com is now 10 mail.contoso.com (3600 s)",
      "2 users licensed",
      "1 user on premises converted to a mail user",
    ]);
    expect(labChanges(before, before)).toEqual([]);
  });

  it("does not take a migration that never happened for a finished one", async () => {
    const problems = await finalStateProblems(demo, await demo.lab.state());
    const reasons = problems.map(({ subject, reason }) => `${subject}: ${reason}`).join("\n");
    expect(reasons).toContain("pilarp@contoso.com: is a MailUser in the cloud, no mailbox");
    expect(reasons).toContain("batch wave3-2: never existed");
    expect(reasons).toContain("endpoint mailstage: is gone");
    expect(reasons).toMatch(/^CN=.*: still has homeMDB$/m);
    expect(reasons).toMatch(/^CN=.*: is not forwarded to its cloud mailbox/m);
    expect(reasons).toMatch(/^CN=.*: has another GUID than the cloud mailbox$/m);
    expect(reasons).toContain("MX contoso.com: is 10 mail.contoso.com, not the tenant's");
    expect(reasons).toContain("autodiscover.contoso.com: does not point at Microsoft 365");
  });
});
