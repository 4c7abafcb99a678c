import { readState, type StackState } from "../../src/reports/status/index.js";
import { type Rehearsal, type RehearsalOptions, rehearse } from "../engine/rehearsal.js";
import type { Program } from "../in-process/program.js";
import { InProcessStack } from "../in-process/stack.js";

/** Type of the component. */
export const componentType = "mailstage:index:StagedMigration";

/** A program of one's own, its stack and a lab. */
export interface OwnProgram {
  readonly rehearsal: Rehearsal;
  readonly stack: InProcessStack;
}

/** Starts a stack of a program in the engine inside this process, against a lab of its own. */
export async function startProgram(program: Program, options: RehearsalOptions = {}): Promise<OwnProgram> {
  const rehearsal = await rehearse({
    ...options,
    createStack: (given, lab) =>
      InProcessStack.create({
        ...given,
        program,
        wait: async (ms) => {
          await lab.advance(ms / 1000);
        },
      }),
  });
  const { stack } = rehearsal;
  if (!(stack instanceof InProcessStack)) throw new Error("it is the engine inside this process");
  return { rehearsal, stack };
}

/** The state as `mailstage status` reads it. */
export async function statusState(stack: InProcessStack): Promise<StackState> {
  const { checkpoint } = JSON.parse(await stack.stateText());
  return readState(JSON.stringify({ deployment: checkpoint.latest }), "test");
}
