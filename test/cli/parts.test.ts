import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import fc from "fast-check";
import { MailstageError } from "../../src/base/problem.js";
import { duration } from "../../src/base/words.js";
import { digLines } from "../../src/cli/demo/summary.js";
import { parseDuration } from "../../src/cli/duration.js";
import { describeFailure, Interrupted } from "../../src/cli/failure.js";
import { planOf } from "../../src/cli/plan-choice.js";
import { chooseStack, editPlan, findProject, readPlan, writePlan } from "../../src/cli/pulumi-project.js";
import { samplePlan } from "../plan/sample-plan.js";

describe("a duration", () => {
  it.each([
    ["90", 90],
    ["15m", 900],
    ["72h", 259_200],
    ["1d 12h", 129_600],
    ["1.5h", 5400],
    [" 2D ", 172_800],
  ])("%j is %i seconds", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(["", "5x", "h", "1h and a bit", "-5m"])("%j is refused", (text) => {
    expect(() => parseDuration(text)).toThrow("is not a duration");
  });

  it("is described in words that mean the same number of seconds, to the smaller of two units", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        const words = duration(seconds)
          .replace(/ days?/, "d")
          .replace(" h", "h")
          .replace(" min", "m")
          .replace(" s", "s");
        const unit = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
        expect(seconds - parseDuration(words)).toBeGreaterThanOrEqual(0);
        expect(seconds - parseDuration(words)).toBeLessThan(unit);
      }),
    );
  });
});

describe("a Pulumi project", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-cli-"));
    await writeFile(join(folder, "Pulumi.yaml"), "name: mail\nruntime: nodejs\n");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("gets a one-line change of the plan, comments and salt untouched", async () => {
    const text = `config:
  mailstage:plan:
    stage: prepare # the domain's
    waves:
      - { name: wave1, csv: a.csv, phase: created }
encryptionsalt: v1:abc
`;
    await writeFile(join(folder, "Pulumi.prod.yaml"), text);
    const project = await findProject(folder);
    await editPlan(project, "prod", [
      { path: ["stage"], value: "verify" },
      { path: ["waves", 0, "phase"], value: "started" },
    ]);
    expect(await readFile(join(folder, "Pulumi.prod.yaml"), "utf8")).toBe(
      text.replace("prepare", "verify").replace("created", "started"),
    );
  });

  it("reads back a plan it wrote", async () => {
    const project = await findProject(folder);
    const plan = { stage: "prepare", source: { account: "CONTOSO\\admin" } };
    await writePlan(project, "one", plan);
    expect(await readPlan(project, chooseStack(project, undefined))).toEqual(plan);
  });

  it("reads the plan that all stacks share from the project, unless a stack has its own", async () => {
    await writeFile(
      join(folder, "Pulumi.yaml"),
      "name: mail\nruntime: nodejs\nconfig:\n  mailstage:plan:\n    value: { stage: prepare }\n",
    );
    await writeFile(join(folder, "Pulumi.domain.yaml"), "encryptionsalt: v1:abc\n");
    await writeFile(join(folder, "Pulumi.waves-a.yaml"), "");
    await writeFile(join(folder, "Pulumi.waves-b.yaml"), "config: {}\n");
    const project = await findProject(folder);
    await writePlan(project, "rehearsal", { stage: "verify" });
    expect(await readPlan(project, "domain")).toEqual({ stage: "prepare" });
    expect(await readPlan(project, "waves-a")).toEqual({ stage: "prepare" });
    expect(await readPlan(project, "waves-b")).toEqual({ stage: "prepare" });
    expect(await readPlan(project, "rehearsal")).toEqual({ stage: "verify" });
    // With its secrets elsewhere, Pulumi gives a stack no file at all.
    expect(await readPlan(project, chooseStack(project, "waves-c"))).toEqual({ stage: "prepare" });
  });

  it("takes the plan from a file where a program of one's own gives it, for a stack without configuration", async () => {
    const project = await findProject(folder);
    const file = join(folder, "contoso.json");
    await writeFile(file, JSON.stringify(samplePlan()));
    expect(chooseStack(project, "production", true)).toBe("production");
    expect(await planOf(project, "production", file)).toMatchObject({
      written: samplePlan(),
      plan: { domain: "contoso.com" },
    });
    await writeFile(file, JSON.stringify(samplePlan({ stage: "soon" })));
    await expect(planOf(project, "production", file)).rejects.toThrow(`${file}.stage`);
    await expect(planOf(project, "production")).rejects.toThrow(
      /is neither in the configuration of stack production nor .* name its file with --plan/s,
    );
    expect(() => chooseStack(project, "production")).toThrow("name its file with --plan");
  });

  it("never takes a rehearsal for the stack that is meant, unless its environment is set", async () => {
    const project = await findProject(folder);
    await writePlan(project, "production", {});
    await writePlan(project, "rehearsal", {});
    await mkdir(join(folder, ".mailstage"), { recursive: true });
    await writeFile(join(folder, ".mailstage/rehearsal.env"), "");
    expect(chooseStack(project, undefined)).toBe("production");
    process.env["MAILSTAGE_REHEARSAL"] = "rehearsal";
    try {
      expect(chooseStack(project, undefined)).toBe("rehearsal");
      expect(chooseStack(project, "production")).toBe("production");
    } finally {
      delete process.env["MAILSTAGE_REHEARSAL"];
    }
  });

  it("asks for a stack's name where there are several, and names them where it is wrong", async () => {
    const project = await findProject(folder);
    expect(() => chooseStack(project, undefined)).toThrow("there is none");
    await writePlan(project, "one", {});
    await writePlan(project, "two", {});
    expect(() => chooseStack(project, undefined)).toThrow("there are one, two. Name it with --stack");
    expect(() => chooseStack(project, "three")).toThrow("there are one, two");
    expect(chooseStack(project, "two")).toBe("two");
  });

  it("that is no YAML is a problem with a line, not a stack", async () => {
    await writeFile(join(folder, "Pulumi.yaml"), "name: [\n");
    await expect(findProject(folder)).rejects.toThrow(MailstageError);
  });
});

describe("a failure", () => {
  it.each([
    ["wrong usage", new CommanderError(1, "commander.unknownCommand", "unknown"), 2, ""],
    ["help", new CommanderError(0, "commander.helpDisplayed", "help"), 0, ""],
    ["Ctrl-C", new Interrupted(), 130, "interrupted"],
    [
      "a problem",
      new MailstageError({ code: "x", subject: "batch wave1", reason: "differs", hint: "Rename it" }),
      1,
      "error: batch wave1: differs. Rename it.",
    ],
  ])("of %s has its exit code and text", (_, thrown, code, text) => {
    expect(describeFailure(thrown)).toEqual({ code, text });
  });

  it("that is a defect shows where it happened", () => {
    expect(describeFailure(new TypeError("oops")).text).toMatch(/TypeError: oops\n\s+at /);
  });
});

it("a record set is shown as dig shows it", () => {
  expect(digLines({ name: "contoso.com", type: "MX", ttl: 60, values: ["0 a.example"] })).toEqual([
    "contoso.com.\t60\tIN\tMX\t0 a.example.",
  ]);
  expect(digLines(undefined)).toEqual([]);
});
