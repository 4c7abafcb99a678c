import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { output, root, run, SetupError, say, withLock } from "./run.mjs";

/** Node ≥ 22, whatever the machine's own is: the binary of the npm package `node`. */
export const nodeBinary = join(root, "node_modules/.bin/node");

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/**
 * Why node_modules is not what package-lock.json says, or undefined when it is. npm keeps its own account of what it
 * installed in node_modules/.package-lock.json, so this also recognises an `npm install` by hand.
 */
export function outdated(folder = root) {
  const account = join(folder, "node_modules/.package-lock.json");
  if (!existsSync(account)) return "node_modules is missing";
  const installed = readJson(account).packages;
  const wanted = readJson(join(folder, "package-lock.json")).packages;
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === "" || entry.link) continue;
    const found = installed[place];
    if (found === undefined ? !entry.optional : found.version !== entry.version)
      return `${place.replace(/^.*node_modules\//, "")} ${entry.version} is not installed`;
  }
  return undefined;
}

const nodeWorks = () => existsSync(join(root, "node_modules/node/bin/node")) && existsSync(nodeBinary);

/**
 * The Node to go on with, and its PATH: `npm test` puts this project's own first, which runs this script and which npm ci has just
 * taken away.
 */
function machinesNode() {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !isOurs(folder));
  return [isOurs(process.execPath) ? "node" : process.execPath, path.join(delimiter)];
}

const isOurs = (place) => place.startsWith(join(root, "node_modules"));

/**
 * Installs the packages of package-lock.json and Node 24. Install scripts of packages are not run, for none is needed
 * but that of the package `node`, which fetches the binary for this machine; it is called by its name, so that it also
 * works where npm refuses install scripts.
 */
export async function installPackages() {
  if (outdated() === undefined && nodeWorks()) return;
  await withLock(join(root, ".mailstage/packages.lock"), "npm ci", async () => {
    const reason = outdated();
    // npm's warnings that the machine's Node is old are true and do not matter: the packages run under Node 24.
    const env = { ...process.env, npm_config_loglevel: "error", npm_config_engine_strict: "false" };
    if (reason !== undefined) {
      say(`installing packages with npm ci (${reason}); about a minute`);
      const code = await run("npm", ["ci", "--ignore-scripts"], { env, stdio: ["ignore", 2, 2] });
      if (code !== 0) throw new SetupError(`npm ci failed with exit code ${code}; its reason is above`);
    }
    if (!nodeWorks()) {
      say("installing Node 24 for this project; a few seconds");
      const cwd = join(root, "node_modules/node");
      const [node, path] = machinesNode();
      const around = { ...env, PATH: path };
      await run(node, ["installArchSpecificPackage.js"], { cwd, env: around, stdio: ["ignore", 2, 2] });
      // npm makes no link to a program that is not there yet.
      rmSync(nodeBinary, { force: true });
      symlinkSync("../node/bin/node", nodeBinary);
    }
    const version = output(nodeBinary, ["--version"]);
    if (version === undefined || Number(/^v(\d+)/.exec(version)?.[1]) < 22)
      throw new SetupError(
        `node_modules/.bin/node does not run (${version ?? "no answer"}); remove node_modules and try again`,
      );
  });
}
