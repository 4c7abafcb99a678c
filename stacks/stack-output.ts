import { z } from "zod";
import * as pulumi from "../providers/sdk.js";
import { unread } from "../src/migration/unread.js";
import { type StageName, stages } from "../src/plan/index.js";
import type { MadeBatches } from "../src/plan/run.js";
import { handoverOutput } from "../src/plan/split/index.js";
import { nameOf } from "../src/state/urn.js";
import { ownState, qualifiedName } from "./own-state.js";
import type { Within } from "./within.js";

/**
 * What another stack of this project said when it was last applied; undefined where it said nothing yet.
 * @param after what the run read of its own stack
 */
export function handoverOf(stack: string, within: Within, after?: pulumi.Resource): pulumi.Output<unknown> {
  // The engine saves this stack's state after each such reading; its own is not read at the same moment (own-state.ts).
  const order = after === undefined ? {} : { dependsOn: [after] };
  return new pulumi.StackReference(qualifiedName(stack), {}, { ...within, ...order }).getOutput(
    handoverOutput,
  );
}

/** The stack output that says which stage's work is done. */
export const reachedOutput = "reached";

/** Which stage's work was done when a run began: `unread` where that cannot be told, undefined while none was. */
export type ReachedBefore = StageName | typeof unread | undefined;

/** What the run read of its own stack, and the resource that read it, where one did. */
export interface ReachedReading {
  readonly reached: pulumi.Output<ReachedBefore>;
  readonly own?: pulumi.Resource;
}

/**
 * Which stage's work was done when this run began. A resource knows only its own past, and the one that opens a stage must know
 * whether the stage before was finished: so it is asked of the stack itself. The default program's says it by an output; what a
 * program of one's own exports is its own matter, and there the state is looked at.
 */
export function reachedBefore({ parent }: Within): ReachedReading {
  if (parent !== undefined) return { reached: pulumi.output(reachedInState()) };
  const own = new pulumi.StackReference(qualifiedName());
  const reached = own.getOutput(reachedOutput).apply((said) => stages.find((stage) => stage === said));
  return { own, reached };
}

const keptBatch = z.looseObject({ outputs: z.looseObject({ batchGuids: z.record(z.string(), z.string()) }) });

/**
 * Exchange's ids of the batches that this stack has made, by wave and name: a wave that leaves the plan is declared no more, and tells
 * nobody what is its own. Undefined where the state cannot be read.
 * @param after what the run read of its own stack
 */
export function madeBefore(after: pulumi.Resource | undefined): pulumi.Output<MadeBatches | undefined> {
  return pulumi.output(after?.urn).apply(madeInState);
}

async function madeInState(): Promise<MadeBatches | undefined> {
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
