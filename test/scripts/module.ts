import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Evaluates an expression with a script's exports in scope, in a Node of its own, since the scripts are ES modules. */
export async function evaluate(script: string, expression: string, input: unknown = null): Promise<unknown> {
  const file = resolve(__dirname, "../../scripts", script);
  const code = `const m = await import(${JSON.stringify(file)}); const input = ${JSON.stringify(input)};
    const value = await (${expression}); console.log(JSON.stringify(value ?? null));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code]);
  return JSON.parse(stdout);
}
