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
    const stack = answer.parse(await invoke("pulumi:pulumi:readStackOutputs", { name: stackName }));
    if (Object.keys(stack.outputs).length === 0) return undefined;
    const found = await invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
    return new Map(Object.entries(answer.parse(found).outputs));
  } catch {
    return undefined;
  }
}
