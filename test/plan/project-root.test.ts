import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, requireSameRoot } from "../../src/plan/project-root.js";

describe("the folder of Pulumi.yaml", () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "mailstage-root-")));
  const project = join(base, "packages/mail");
  const hoisted = join(base, "node_modules/mailstage/dist/stacks");
  beforeAll(() => {
    for (const folder of [project, hoisted]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(project, "Pulumi.yaml"), "name: mail\n");
  });
  afterAll(() => rmSync(base, { recursive: true }));

  test("is what MAILSTAGE_PROJECT_ROOT says, whatever else there is", () => {
    expect(projectRoot({ MAILSTAGE_PROJECT_ROOT: "/elsewhere" }, project)).toBe("/elsewhere");
  });

  test("is found above the program", () => {
    expect(projectRoot({}, join(project, "deeper/still"))).toBe(project);
  });

  test("is found above the shell's folder where a workspace hoists the package out of the project", () => {
    expect(projectRoot({ PWD: join(project, "mailboxes") }, hoisted)).toBe(project);
  });

  test("is asked for by name, with the folders looked in, where it cannot be found", () => {
    expect(() => projectRoot({ PWD: base }, hoisted)).toThrow(
      new RegExp(`${hoisted}.*${base}.*MAILSTAGE_PROJECT_ROOT`, "s"),
    );
  });

  test("is not another project's: Pulumi's own word counts", () => {
    expect(() => requireSameRoot(base, project)).toThrow(`MAILSTAGE_PROJECT_ROOT=${project}`);
    const link = join(base, "link");
    symlinkSync(project, link);
    expect(() => requireSameRoot(link, project)).not.toThrow();
    expect(() => requireSameRoot(base, "")).not.toThrow();
  });
});
