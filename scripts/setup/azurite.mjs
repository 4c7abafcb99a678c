/**
 * Azurite, Microsoft's emulator of Azure Storage: 190 MB that only the tests of azblob:// state need, so it is installed
 * on demand, into the cache folder. Its telemetry client is pinned to an old version, half the size (it is never on).
 *
 *   node scripts/setup/azurite.mjs    installs it; a minute the first time, nothing afterwards
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMain, main } from "../setup.mjs";
import { cache, root, run, SetupError, say, withLock } from "./run.mjs";

const tool = join(root, "tools/azurite");
const { version } = JSON.parse(readFileSync(join(tool, "package-lock.json"), "utf8")).packages[
  "node_modules/azurite"
];

/** The folder of Azurite in the version that tools/azurite pins, whether it is there or not. */
export const azuriteFolder = join(cache, `azurite-${version}`);

/** Its blob service, to be run with Node 22 or newer; undefined while it is not installed. */
export function installedAzurite() {
  const program = join(azuriteFolder, "node_modules/azurite/dist/src/blob/main.js");
  return existsSync(program) ? program : undefined;
}

async function installAzurite() {
  if (installedAzurite() !== undefined) return;
  await withLock(`${azuriteFolder}.lock`, "installing Azurite", async () => {
    if (installedAzurite() !== undefined) return;
    say(`installing Azurite ${version}; about a minute`);
    const draft = `${azuriteFolder}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    try {
      for (const name of ["package.json", "package-lock.json", ".npmrc"])
        copyFileSync(join(tool, name), join(draft, name));
      const env = { ...process.env, npm_config_loglevel: "error", npm_config_engine_strict: "false" };
      const options = { cwd: draft, env, stdio: ["ignore", 2, 2] };
      const code = await run("npm", ["ci", "--ignore-scripts"], options);
      if (code !== 0) throw new SetupError(`npm ci failed with exit code ${code}; its reason is above`);
      rmSync(azuriteFolder, { recursive: true, force: true });
      renameSync(draft, azuriteFolder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
}

if (isMain(import.meta.url))
  await main(async () => {
    await installAzurite();
    say(`Azurite is in ${azuriteFolder}`);
    return 0;
  });
