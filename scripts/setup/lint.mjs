/**
 * What the pipelines in examples/ are linted with, in the cache folder: check-jsonschema, which carries the published
 * schemas (needs python3), and actionlint (needs Go).
 *
 *   node scripts/setup/lint.mjs    installs what is missing, says what cannot be had
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMain, main } from "../setup.mjs";
import { cache, run, say, withLock } from "./run.mjs";

const versions = { schema: "0.39.0", actions: "1.7.12" };
const folders = {
  schema: join(cache, `check-jsonschema-${versions.schema}`),
  actions: join(cache, `actionlint-${versions.actions}`),
};
const programs = {
  schema: join(folders.schema, "bin/check-jsonschema"),
  actions: join(folders.actions, "actionlint"),
};

/** The programs that are installed. */
export const linters = () =>
  Object.fromEntries(Object.entries(programs).filter(([, file]) => existsSync(file)));

const steps = {
  schema: [
    ["python3", ["-m", "venv", folders.schema]],
    [
      join(folders.schema, "bin/python"),
      ["-m", "pip", "install", "--quiet", `check-jsonschema==${versions.schema}`],
    ],
  ],
  actions: [
    [
      "go",
      ["install", `github.com/rhysd/actionlint/cmd/actionlint@v${versions.actions}`],
      { GOBIN: folders.actions },
    ],
  ],
};

async function install(name) {
  for (const [command, args, environment] of steps[name]) {
    const options = { env: { ...process.env, ...environment }, stdio: ["ignore", 2, 2] };
    // A program that is not there is an exit code like any other.
    if ((await run(command, args, options).catch(() => 127)) !== 0) return false;
  }
  return existsSync(programs[name]);
}

if (isMain(import.meta.url))
  await main(async () => {
    let missing = 0;
    for (const name of Object.keys(programs)) {
      if (existsSync(programs[name])) continue;
      say(`installing ${programs[name]}`);
      const done = await withLock(`${folders[name]}.lock`, "installing a linter", () => install(name));
      if (!done) {
        say(`NOT INSTALLED, pipelines will not be linted with it: ${programs[name]}`);
        missing++;
      }
    }
    return missing === 0 ? 0 : 1;
  });
