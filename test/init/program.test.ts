import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { planFiles, programFrom } from "../../src/cli/init/files.js";
import { installedProgram } from "../../src/cli/init/text.js";
import { smallPlan } from "../engine/small-migration.js";

describe("the program that Pulumi.yaml names", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-program-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const install = async (...place: string[]) => {
    const file = join(folder, ...place, installedProgram);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
  };

  test("is the one in the folder's own node_modules", async () => {
    await install();
    expect(programFrom(folder)).toBe("node_modules/mailstage/dist/stacks/index.js");
  });

  test("is that of the workspace above, where that hoists it, and the nearest of several", async () => {
    await install();
    await install("mail");
    await mkdir(join(folder, "mail/contoso"), { recursive: true });
    expect(programFrom(join(folder, "mail/contoso"))).toBe(`../${installedProgram}`);
    await rm(join(folder, "mail/node_modules"), { recursive: true });
    expect(programFrom(join(folder, "mail/contoso"))).toBe(`../../${installedProgram}`);
  });

  test("is where editors find the schema of the plan too", async () => {
    await install();
    await mkdir(join(folder, "mail/contoso"), { recursive: true });
    const lines = async (at: string) => {
      const changes = await planFiles(join(folder, at), "production", smallPlan.domain, smallPlan);
      return changes.find(({ path }) => path === "Pulumi.production.yaml")?.text?.split("\n") ?? [];
    };
    expect((await lines("."))[0]).toBe(
      "# yaml-language-server: $schema=node_modules/mailstage/docs/stack.schema.json",
    );
    expect((await lines("mail/contoso"))[0]).toBe(
      "# yaml-language-server: $schema=../../node_modules/mailstage/docs/stack.schema.json",
    );
    // Beside what is there, and not twice.
    await writeFile(join(folder, "Pulumi.production.yaml"), "config:\n  a:b: c\n");
    const beside = await lines(".");
    expect(beside.slice(0, 3)).toEqual([
      "# yaml-language-server: $schema=node_modules/mailstage/docs/stack.schema.json",
      "config:",
      "  a:b: c",
    ]);
    await writeFile(join(folder, "Pulumi.production.yaml"), beside.join("\n"));
    expect((await lines(".")).filter((line) => line.includes("yaml-language-server"))).toHaveLength(1);
  });

  test("is where an installation will put it, as long as there is none", () => {
    expect(programFrom(folder)).toBe(installedProgram);
  });
});
