import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { startLab, worldFromPlan } from "../../lab/index.js";
import { readMailboxFiles } from "../../src/plan/csv/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { smallFiles, smallPlan } from "../engine/rehearsal.js";
import { Stack } from "../engine/stack.js";
import { documentAt, fenced, repository } from "./markdown.js";

const projectSchema = z.object({ main: z.string() });

/** The Pulumi.yaml that docs/own-repository.md gives for a repository of one's own. */
function mainShown(): string {
  const [project] = fenced(documentAt("docs/own-repository.md"), "yaml").filter((block) =>
    /^main:/m.test(block),
  );
  return projectSchema.parse(parse(project ?? "")).main;
}

/** What `npm install` of the packed package leaves behind: it and its dependencies, side by side. */
async function install(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "mailstage"), { recursive: true });
  for (const part of ["package.json", "dist"])
    await cp(join(repository, part), join(modules, "mailstage", part), { recursive: true });
  for (const name of await readdir(join(repository, "node_modules")))
    if (!name.startsWith(".")) await symlink(join(repository, "node_modules", name), join(modules, name));
}

test("the program runs from node_modules of a repository of one's own, which holds plan and lists only", async () => {
  const lists = await Stack.create({ plan: smallPlan, files: smallFiles });
  const plan = parsePlan(smallPlan);
  const lab = await startLab({ world: worldFromPlan(plan, readMailboxFiles(lists.folder, plan)) });
  await lists.dispose();
  const stack = await Stack.create({
    plan: lab.planOverrides(smallPlan),
    files: smallFiles,
    main: mainShown(),
    // Empty: the folder of Pulumi.yaml is found above the program.
    environment: { ...lab.environment, MAILSTAGE_PROJECT_ROOT: "" },
  });
  try {
    await install(stack.folder);
    await writeFile(
      join(stack.folder, "package.json"),
      JSON.stringify({ name: "contoso-mail", private: true }),
    );
    const run = await stack.up();
    expect(run.errors).toBe("");
    const { zone } = await lab.state();
    expect(zone.find(({ name, type }) => name === "contoso.com" && type === "MX")?.ttl).toBe(3600);
  } finally {
    await stack.dispose();
    await lab.close();
  }
}, 120_000);
