import { setTimeout as sleep } from "node:timers/promises";
import { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata.js";
import { invoke } from "@pulumi/pulumi/runtime/invoke.js";

/** What the engine says of this stack's state as it was when the run began, asked once a run and not judged yet. */
export interface OwnReading {
  /** The stack's outputs. */
  readonly outputs: Promise<unknown>;
  /** Its resources; undefined where it has no outputs, and so perhaps no state. */
  readonly resources: Promise<unknown>;
}

/** A stack of this project, as the engine takes its name from anywhere. */
export const qualifiedName = (stack = getStack()): string => `${getOrganization()}/${getProject()}/${stack}`;

/**
 * Asks for both, by the engine's own functions (pulumi/pulumi, pkg/resource/deploy/builtins.go). The second ends the engine itself
 * where a stack has no state yet (seen with 3.259.0), so the first is asked whether there is any: a stack that was updated has
 * outputs, where its program exports any.
 */
export function readOwnStack(): OwnReading {
  const outputs = askEngine("pulumi:pulumi:readStackOutputs", "name");
  const resources = outputs.then((given) =>
    hasAny(given) ? askEngine("pulumi:pulumi:readStackResourceOutputs", "stackName") : undefined,
  );
  // Told to who needs them.
  for (const reading of [outputs, resources]) reading.catch(() => undefined);
  return { outputs, resources };
}

const hasAny = (outputs: unknown) =>
  typeof outputs === "object" && outputs !== null && Object.keys(outputs).length > 0;

/**
 * What a function of the engine says that opens a state. In a folder (`file://`) the engine writes what describes the file,
 * `.json.attrs`, in place, so that who opens it while the run's own resources are saved finds it empty: `failed to load
 * checkpoint: EOF` (gocloud.dev/blob/fileblob, attrs.go).
 */
async function askEngine(token: string, named: string): Promise<unknown> {
  for (let left = 3; ; left--) {
    try {
      return (await invoke(token, { [named]: qualifiedName() })).outputs;
    } catch (problem) {
      if (left === 0 || !String(problem).includes("failed to load checkpoint")) throw problem;
      await sleep(50);
    }
  }
}
