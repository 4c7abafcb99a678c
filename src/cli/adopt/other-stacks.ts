import { writeFile } from "node:fs/promises";
import { parseJson } from "../../base/json.js";
import { captureEngine } from "../capture.js";
import { type PulumiProject, shortName, stateFile, writeBackend } from "../pulumi-project.js";

/**
 * Writes what the other stacks of a split plan say to where the run that looks finds it: their outputs, in a state with nothing else in it.
 * A stack that says nothing yet, or is not there, stays away, as it does for an update.
 */
export async function writeOtherStacks(
  backend: string,
  project: PulumiProject,
  stack: string,
  others: readonly string[],
): Promise<void> {
  for (const other of others) {
    const { code, stdout } = await captureEngine({
      args: ["stack", "output", "--json", "--stack", qualified(stack, other), "--non-interactive"],
      folder: project.folder,
      environment: process.env,
    });
    const outputs = code === 0 ? parseJson(stdout) : undefined;
    if (outputs === undefined) continue;
    await writeBackend(backend, project, other);
    const urn = `urn:pulumi:${other}::${project.name}::pulumi:pulumi:Stack::${project.name}-${other}`;
    const latest = {
      manifest: { time: new Date(0).toISOString(), magic: "", version: "" },
      resources: [{ urn, custom: false, type: "pulumi:pulumi:Stack", outputs }],
    };
    const name = `organization/${project.name}/${other}`;
    await writeFile(
      stateFile(backend, project, other),
      JSON.stringify({ version: 3, checkpoint: { stack: name, latest } }),
      { mode: 0o600 },
    );
  }
}

/** Another stack, named as the first one is. */
const qualified = (stack: string, other: string): string =>
  `${stack.slice(0, stack.length - shortName(stack).length)}${other}`;
