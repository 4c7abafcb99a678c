import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programRoot, projectRoot } from "../../src/plan/project-root.js";

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
    expect(programRoot(project, { MAILSTAGE_PROJECT_ROOT: "/elsewhere" }, project)).toBe("/elsewhere");
  });

  test("is found above the program", () => {
    expect(projectRoot({}, join(project, "deeper/still"))).toBe(project);
  });

  test("is asked for, with the folder looked in, where a workspace hoists the package out of the project", () => {
    expect(() => projectRoot({}, hoisted)).toThrow(new RegExp(`${hoisted}.*MAILSTAGE_PROJECT_ROOT`, "s"));
  });

  test("is not another project's that stands above the package: Pulumi's own word counts", () => {
    const other = join(base, "packages/other");
    mkdirSync(other);
    expect(() => programRoot(other, {}, project)).toThrow(`MAILSTAGE_PROJECT_ROOT to ${other}`);
    const link = join(base, "link");
    symlinkSync(project, link);
    expect(programRoot(link, {}, project)).toBe(project);
    expect(programRoot("rootDirectory", {}, project)).toBe(project);
  });
});
