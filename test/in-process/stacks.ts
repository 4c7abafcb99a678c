import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../lab/index.js";
import { type InProcessOptions, InProcessStack } from "./stack.js";

/** Stacks of one project, which read each other's outputs. */
export interface InProcessStacks {
  readonly folder: string;
  readonly all: readonly InProcessStack[];
  /** @throws Error where there is no stack of that name */
  named(name: string | undefined): InProcessStack;
}

/** Makes stacks in one new folder. @param prefix how the folder's name begins @param options what they are told, with the plan if any */
export async function openStacks(
  prefix: string,
  names: readonly string[],
  lab: () => Pick<Lab, "clock">,
  options: Partial<Omit<InProcessOptions, "name" | "folder" | "others">>,
): Promise<InProcessStacks> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  const all: InProcessStack[] = [];
  for (const name of names)
    all.push(
      await InProcessStack.against(lab, { plan: undefined, ...options, name, folder, others: () => all }),
    );
  return {
    folder,
    all,
    named(name) {
      const stack = all.find((one) => one.name === name);
      if (stack === undefined) throw new Error(`there is no stack ${name}`);
      return stack;
    },
  };
}
