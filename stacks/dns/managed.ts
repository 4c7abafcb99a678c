import { invoke } from "@pulumi/pulumi/runtime/invoke.js";
import { z } from "zod";
import * as pulumi from "../../providers/sdk.js";

const answer = z.looseObject({ outputs: z.record(z.string(), z.unknown()) });

let reading: Promise<readonly string[] | undefined> | undefined;

/** The names of all resources of a host's own provider that this stack's state holds; undefined where it cannot be read. */
function namesInState(): Promise<readonly string[] | undefined> {
  reading ??= read();
  return reading;
}

async function read(): Promise<readonly string[] | undefined> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    // The engine's own functions (pulumi/pulumi, pkg/resource/deploy/builtins.go). The second ends the engine itself where a stack
    // has no state yet (seen with 3.259.0), so the first is asked whether there is any: a stack that was updated has outputs.
    const stack = answer.parse(await invoke("pulumi:pulumi:readStackOutputs", { name: stackName }));
    if (Object.keys(stack.outputs).length === 0) return undefined;
    const found = await invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
    const urns = Object.keys(answer.parse(found).outputs);
    return urns
      .filter((urn) => /(cloudflare|azure-native):[^:]*:[^:]*::[^:]+$/.test(urn))
      .map((urn) => urn.slice(urn.lastIndexOf("::") + 2));
  } catch {
    return undefined;
  }
}

/**
 * Which native resources of a record set the state holds, by the end of their names (`mx-1`). A record that stands at the host
 * as declared, and is not among them, was made by a run that could not save it: it is imported, since these providers do not
 * look before they create and would fail at it for good.
 */
export async function managedOf(recordSet: string): Promise<string[] | undefined> {
  const names = await namesInState();
  const prefix = `${recordSet}-`;
  return names?.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).sort();
}
