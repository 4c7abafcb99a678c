import { z } from "zod";
import * as pulumi from "../providers/sdk.js";
import { unread } from "../src/migration/unread.js";
import { type StageName, stages } from "../src/plan/index.js";
import { handoverOutput } from "../src/plan/split/index.js";
import { ownState, qualifiedName } from "./own-state.js";
import type { Within } from "./within.js";

/** What another stack of this project said when it was last applied; undefined where it said nothing yet. */
export function handoverOf(stack: string, within: Within): pulumi.Output<unknown> {
  return new pulumi.StackReference(qualifiedName(stack), {}, within).getOutput(handoverOutput);
}

/** The stack output that says which stage's work is done. */
export const reachedOutput = "reached";

/** Which stage's work was done when a run began: `unread` where that cannot be told, undefined while none was. */
export type ReachedBefore = StageName | typeof unread | undefined;

/**
 * Which stage's work was done when this run began. A resource knows only its own past, and the one that opens a stage must know
 * whether the stage before was finished: so it is asked of the stack itself. The default program's says it by an output; what a
 * program of one's own exports is its own matter, and there the state is looked at.
 */
export function reachedBefore({ parent }: Within): pulumi.Output<ReachedBefore> {
  if (parent !== undefined) return pulumi.output(reachedInState());
  return new pulumi.StackReference(qualifiedName())
    .getOutput(reachedOutput)
    .apply((said) => stages.find((stage) => stage === said));
}

const kept = z.looseObject({ outputs: z.looseObject({ stage: z.enum(stages) }) });

async function reachedInState(): Promise<ReachedBefore> {
  const state = await ownState();
  if (state === undefined) return unread;
  const found = [...state].find(([urn]) =>
    /[:$]pulumi-nodejs:dynamic\/mailstage:StageReached::stage-reached$/.test(urn),
  );
  return found === undefined ? undefined : kept.safeParse(found[1]).data?.outputs.stage;
}
