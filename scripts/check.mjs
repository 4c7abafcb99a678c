/** Types of everything, lint and format, direction of imports, completeness of the lock file, licences. All are run; one failure fails. */

import { installPackages } from "./setup/packages.mjs";
import { say } from "./setup/run.mjs";
import { main, runNode } from "./setup.mjs";

const checks = {
  types: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"],
  "lint and format": ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
  imports: [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    "--config",
    ".dependency-cruiser.cjs",
    "src",
    "lab",
    "providers",
    "stacks",
    "policy",
    "bench",
    "test",
  ],
  "lock file": ["scripts/complete-lock.mjs", "--check"],
  licences: ["scripts/licences.mjs"],
};

await main(async () => {
  await installPackages();
  const failed = [];
  for (const [name, args] of Object.entries(checks)) {
    say(`checking ${name}`);
    if ((await runNode(args, process.env)) !== 0) failed.push(name);
  }
  say(failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
});
