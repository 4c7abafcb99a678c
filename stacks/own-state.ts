import { setTimeout as sleep } from "node:timers/promises";
import { invoke } from "@pulumi/pulumi/runtime/invoke.js";
import { getStackResource } from "@pulumi/pulumi/runtime/stack.js";
import { z } from "zod";
import * as pulumi from "../providers/sdk.js";

const answer = z.looseObject({ outputs: z.record(z.string(), z.unknown()) });

/** What this stack's state held when the run began: each resource's properties by URN. */
export type OwnState = ReadonlyMap<string, unknown>;

/** One reading a run: a process may run several programs (Automation API). */
const readings = new WeakMap<object, Promise<OwnState | undefined>>();

/** The state of this stack as it was when the run began; undefined where there is none, or none that can be read. */
export function ownState(): Promise<OwnState | undefined> {
  const run = getStackResource();
  if (run === undefined) return read();
  const reading = readings.get(run) ?? read();
  readings.set(run, reading);
  return reading;
}

/** A stack of this project, as the engine takes its name from anywhere. */
export const qualifiedName = (stack = pulumi.getStack()): string =>
  `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;

async function read(): Promise<OwnState | undefined> {
  const stackName = qualifiedName();
  try {
    // The engine's own functions (pulumi/pulumi, pkg/resource/deploy/builtins.go). The second ends the engine itself where a stack
    // has no state yet (seen with 3.259.0), so the first is asked whether there is any: a stack that was updated has outputs,
    // where its program exports any.
    const stack = await askEngine("pulumi:pulumi:readStackOutputs", { name: stackName });
    if (Object.keys(stack).length === 0) return undefined;
    return new Map(Object.entries(await askEngine("pulumi:pulumi:readStackResourceOutputs", { stackName })));
  } catch {
    return undefined;
  }
}

/**
 * What a function of the engine says that opens a state. In a folder (`file://`) the engine writes what describes the file,
 * `.json.attrs`, in place, so that who opens it while the run's own resources are saved finds it empty: `failed to load
 * checkpoint: EOF` (gocloud.dev/blob/fileblob, attrs.go).
 */
async function askEngine(name: string, args: Record<string, string>): Promise<Record<string, unknown>> {
  for (let left = 3; ; left--) {
    try {
      return answer.parse(await invoke(name, args)).outputs;
    } catch (problem) {
      if (left === 0 || !String(problem).includes("failed to load checkpoint")) throw problem;
      await sleep(50);
    }
  }
}
