import type { Lab } from "../../lab/index.js";
import { openStacks } from "../in-process/stacks.js";
import type { Project, ProjectOptions } from "./project.js";

/** The same project on the engine inside the test process: memory is not watched there, and a state is where its stack is. */
export async function createInProcessProject(
  { stacks: names, environment, files }: Omit<ProjectOptions, "backend" | "watchMemory">,
  lab: () => Pick<Lab, "clock">,
): Promise<Project> {
  const { folder, all, named } = await openStacks("mailstage-scale-", names, lab, { environment, files });
  const run: Project["run"] = async (name, ...args) => {
    const { code, changes, errors, milliseconds } = await named(name).run(...args);
    return {
      code,
      changes: changes.map(({ op, name: resource }) => `${op} ${resource}`),
      errors,
      milliseconds,
      peak: { all: 0, engine: 0 },
    };
  };
  return {
    folder,
    run,
    async write(file, contents) {
      await all[0]?.write(file, contents);
    },
    async plan(plan) {
      for (const stack of all) await stack.plan(plan);
    },
    async up(name, { skipPreview = false } = {}) {
      const outcome = await run(name, "up", "--yes", ...(skipPreview ? ["--skip-preview"] : []));
      if (outcome.code !== 0) throw new Error(`pulumi up of ${name} failed:\n${outcome.errors}`);
      return outcome;
    },
    async forget() {
      for (const stack of all) await stack.loseState();
    },
    async stateBytes(name) {
      return (await named(name).stateText()).length;
    },
    async dispose() {
      for (const stack of all) await stack.dispose();
    },
  };
}
