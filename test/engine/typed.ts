import { exec } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { environmentOf } from "./by-hand.js";
import type { Rehearsal } from "./rehearsal.js";
import { Stack } from "./stack.js";

const program = resolve(__dirname, "../../dist/src/cli/main.js");

/** Answers what commands of ours ask the Pulumi CLI for beside an engine inside the test process: its version, and the state. */
const standIn = `#!/bin/sh
case "$1 $2" in
"version ") echo v3.259.0 ;;
"stack export") exec cat "$MAILSTAGE_PROJECT_ROOT/bin/state.json" ;;
*) echo "pulumi $*: this is the stand-in of test/engine/typed.ts" >&2; exit 1 ;;
esac
`;

/** What a user types in the folder of Pulumi.yaml, `mailstage` being on PATH. */
export async function typed(
  rehearsal: Rehearsal,
  line: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { stack } = rehearsal;
  const env = environmentOf(rehearsal);
  if (!(stack instanceof Stack)) {
    const bin = join(stack.folder, "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "pulumi"), standIn, { mode: 0o755 });
    const { checkpoint } = JSON.parse(await stack.stateText());
    await writeFile(join(bin, "state.json"), JSON.stringify({ version: 3, deployment: checkpoint.latest }));
    env["PATH"] = [bin, env["PATH"]].join(delimiter);
  }
  const words = line.replace(/^mailstage\b/, `'${process.execPath}' '${program}'`);
  return promisify(exec)(words, { cwd: stack.folder, env });
}
