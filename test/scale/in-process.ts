import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../lab/index.js";
import { InProcessStack } from "../in-process/stack.js";
import type { Project, ProjectOptions } from "./project.js";

/** The same project on the engine inside the test process: memory is not watched there, and a state is where its stack is. */
export async function createInProcessProject(
  { stacks: names, environment, files }: Omit<ProjectOptions, "backend" | "watchMemory">,
  lab: () => Pick<Lab, "clock">,
): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "mailstage-scale-")));
  const stacks = new Map<string, InProcessStack>();
  for (const name of names)
    stacks.set(
      name,
      await InProcessStack.against(lab, {
        plan: undefined,
        name,
        folder,
        environment,
        files,
        others: () => [...stacks.values()],
      }),
    );
  const at = (name: string): InProcessStack => {
    const stack = stacks.get(name);
    if (stack === undefined) throw new Error(`there is no stack ${name}`);
    return stack;
  };
  const run: Project["run"] = async (name, ...args) => {
    const { code, changes, errors, milliseconds } = await at(name).run(...args);
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
      await [...stacks.values()][0]?.write(file, contents);
    },
    async plan(plan) {
      for (const stack of stacks.values()) await stack.plan(plan);
    },
    async up(name, { skipPreview = false } = {}) {
      const outcome = await run(name, "up", "--yes", ...(skipPreview ? ["--skip-preview"] : []));
      if (outcome.code !== 0) throw new Error(`pulumi up of ${name} failed:\n${outcome.errors}`);
      return outcome;
    },
    async forget() {
      for (const stack of stacks.values()) await stack.loseState();
    },
    async stateBytes(name) {
      return (await at(name).stateText()).length;
    },
    async dispose() {
      for (const stack of stacks.values()) await stack.dispose();
    },
  };
}
