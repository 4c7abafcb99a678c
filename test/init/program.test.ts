import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { programFrom } from "../../src/init/files.js";
import { installedProgram } from "../../src/init/text.js";

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

  test("is where an installation will put it, as long as there is none", () => {
    expect(programFrom(folder)).toBe(installedProgram);
  });
});
