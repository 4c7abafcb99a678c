import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, startLab } from "../../lab/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { documentAt, fenced } from "../docs/markdown.js";
import { plannedWorld, smallFiles, smallPlan } from "../engine/small-migration.js";
import { type PackedProject, userProject } from "../user/project.js";

/** The program that docs/component.md shows. */
const program = [
  ...fenced(documentAt("docs/component.md"), "js"),
  "console.log(JSON.stringify(outputs));",
].join("\n");

describe("a program that drives Pulumi itself (Automation API), from the packed package", () => {
  let lab: Lab;
  let project: PackedProject;
  beforeAll(async () => {
    lab = await startLab({ world: plannedWorld(smallPlan, smallFiles).world });
    project = await userProject(lab, []);
    // The workspace writes its own.
    await rm(join(project.folder, "Pulumi.yaml"));
    for (const [file, text] of Object.entries(smallFiles)) await project.write(file, text);
    await project.write("drive.mjs", program);
  }, 180_000);
  afterAll(async () => {
    await project.dispose();
    await lab.close();
  });

  const drive = (stage: PlanInput["stage"], file = "drive.mjs") =>
    project
      .write("contoso.json", JSON.stringify(lab.planOverrides({ ...smallPlan, stage })))
      .then(() => project.node(file));

  test("is told what to give where the workspace is a folder of Pulumi's own", async () => {
    await project.write("nowhere.mjs", program.replace("{ workDir: import.meta.dirname }", "{}"));
    const { code, stderr } = await drive("prepare", "nowhere.mjs");
    expect(code).not.toBe(0);
    expect(stderr).toContain("give its workspace workDir");
  }, 60_000);

  test("moves a stage by a run, and mailstage's commands read what it has done", async () => {
    const first = await drive("prepare");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(first.stdout)).toMatchObject({ reached: { value: "prepare" } });
    const review = await project.mailstage("review", "--from", "preview.jsonl");
    expect(review).toMatchObject({ code: 2, stderr: "" });
    expect(review.stdout).toContain("stage prepare");
    const second = await drive("verify");
    expect(JSON.parse(second.stdout)).toMatchObject({ reached: { value: "verify" } });
    const stack = ["--stack", "production", "--plan", "contoso.json"];
    const status = await project.mailstage("status", "--live", ...stack);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("verify") });
    expect(await project.mailstage("check", "--offline", ...stack)).toMatchObject({ code: 0 });
    // There is no program that Pulumi's command line could run: that is no review without a change.
    const none = await project.mailstage("review", ...stack);
    expect(none).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("failed to locate the entry point"),
    });
  }, 120_000);
});
