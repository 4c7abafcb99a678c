import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { nodeBinary } from "./packages.mjs";
import { root, run, SetupError, say, withLock } from "./run.mjs";

const settingsFiles = [
  "tsconfig.json",
  "tsconfig.build.json",
  "package-lock.json",
  "scripts/setup/bundle.mjs",
  "lab/plugins/serve.mjs",
];
const sourceFolders = ["src", "lab", "providers", "stacks", "policy", "bench"];

const filesBelow = (folder, name) =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    : [];

const sources = (folder) =>
  sourceFolders.flatMap((name) => filesBelow(folder, name)).filter((file) => /(?<!\.d)\.m?ts$/.test(file));

const outputOf = (folder, source) =>
  join(folder, "dist", source.slice(folder.length)).replace(/\.(m?)ts$/, ".$1js");

/** A digest of everything the compiler's output follows from. */
export function digest(folder = root) {
  const hash = createHash("sha256");
  const settings = settingsFiles.map((name) => join(folder, name));
  for (const file of [...settings, ...sources(folder).sort()])
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** Removes compiled files whose source is gone: a stale module must not answer an import. Returns their names. */
export function removeOrphans(folder = root) {
  const wanted = new Set(sources(folder).map((file) => outputOf(folder, file).replace(/\.m?js$/, "")));
  const orphans = sourceFolders
    .flatMap((name) => filesBelow(join(folder, "dist"), name))
    .filter((file) => !wanted.has(file.replace(/\.(m?js|m?js\.map|d\.m?ts|d\.m?ts\.map)$/, "")));
  for (const file of orphans) rmSync(file);
  return orphans;
}

const stampOf = (folder) => join(folder, "dist/.digest");

/** Whether dist/ is what the sources give. */
export function isBuilt(folder = root) {
  const stamp = stampOf(folder);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === digest(folder) &&
    sources(folder).every((file) => existsSync(outputOf(folder, file)))
  );
}

/** Compiles the program to dist/ where a source changed since the last time. */
export async function compile() {
  if (isBuilt()) return;
  await withLock(join(root, ".mailstage/build.lock"), "the TypeScript compiler", async () => {
    if (isBuilt()) return;
    say("compiling");
    rmSync(stampOf(root), { force: true });
    const before = digest();
    const removed = removeOrphans();
    // The compiler's own memory only knows sources: an output that was deleted would not come back.
    const lost = sources(root).some((file) => !existsSync(outputOf(root, file)));
    if (lost || removed.length > 0) rmSync(join(root, "dist/.tsbuildinfo"), { force: true });
    const code = await run(nodeBinary, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
      stdio: ["ignore", 2, 2],
    });
    if (code !== 0) throw new SetupError("the program does not compile; the compiler's reasons are above");
    await bundle();
    writeFileSync(stampOf(root), before);
  });
}
