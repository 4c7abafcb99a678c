import { z } from "zod";
import * as pulumi from "../providers/sdk.js";
import { unread } from "../src/migration/unread.js";
import { type StageName, stages } from "../src/plan/index.js";
import type { MadeBatches } from "../src/plan/run.js";
import { handoverOutput } from "../src/plan/split/index.js";
import { nameOf } from "../src/state/urn.js";
import { qualifiedName } from "./own-reading.js";
import { ownOutputs, ownState } from "./own-state.js";
import type { Within } from "./within.js";

/** What another stack of this project said when it was last applied; undefined where it said nothing yet. */
export function handoverOf(stack: string, within: Within): pulumi.Output<unknown> {
  // The engine saves this stack's state after each such reading; its own is not read at the same moment (own-reading.ts).
  const name = pulumi.output(ownState()).apply(() => qualifiedName(stack));
  return new pulumi.StackReference(qualifiedName(stack), { name }, within).getOutput(handoverOutput);
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
  return pulumi.output(parent === undefined ? reachedInOutputs() : reachedInState());
}

async function reachedInOutputs(): Promise<ReachedBefore> {
  const { [reachedOutput]: said } = await ownOutputs();
  return stages.find((stage) => stage === said);
}

const keptBatch = z.looseObject({ outputs: z.looseObject({ batchGuids: z.record(z.string(), z.string()) }) });

/**
 * Exchange's ids of the batches that this stack has made, by wave and name: a wave that leaves the plan is declared no more, and tells
 * nobody what is its own. Undefined where the state cannot be read.
 */
export async function madeBefore(): Promise<MadeBatches | undefined> {
  const state = await ownState();
  if (state === undefined) return undefined;
  const batches = [...state].filter(([urn]) =>
    /[:$]pulumi-nodejs:dynamic\/mailstage:MigrationBatch::/.test(urn),
  );
  return Object.fromEntries(
    batches.map(([urn, properties]) => [
      nameOf(urn),
      keptBatch.safeParse(properties).data?.outputs.batchGuids ?? {},
    ]),
  );
}

const stageReached = z.looseObject({ outputs: z.looseObject({ stage: z.enum(stages) }) });

async function reachedInState(): Promise<ReachedBefore> {
  const state = await ownState();
  if (state === undefined) return unread;
  const found = [...state].find(([urn]) =>
    /[:$]pulumi-nodejs:dynamic\/mailstage:StageReached::stage-reached$/.test(urn),
  );
  return found === undefined ? undefined : stageReached.safeParse(found[1]).data?.outputs.stage;
}
