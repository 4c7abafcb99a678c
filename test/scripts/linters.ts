import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { z } from "zod";

const setup = join(resolve(__dirname, "../.."), "scripts/setup/lint.mjs");
const question = `import { linters } from ${JSON.stringify(setup)}; process.stdout.write(JSON.stringify(linters()));`;
const file = z.string().optional();

/** Where `node scripts/setup/lint.mjs` has installed them. */
export const linters = z
  .object({ schema: file, actions: file, image: file, types: file, package: file })
  .parse(
    JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "--eval", question], { encoding: "utf8" }),
    ),
  );

/** Whether a linter is there; where not, its tests are left out, and that is said. */
export function installed(tool: string | undefined, name: string): tool is string {
  if (tool !== undefined) return true;
  console.warn(
    `\n*** ${name} IS NOT INSTALLED: nothing was linted with it. node scripts/setup/lint.mjs ***\n`,
  );
  test.skip(`LEFT OUT: ${name} is not installed`, () => {});
  return false;
}
