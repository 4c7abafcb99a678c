import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { root } from "./run.mjs";

/**
 * What Pulumi starts anew for every command: the program without its first lines, the resources for programs of one's own, and
 * the handlers in its plugin.
 */
const entries = ["stacks/program.ts", "providers/resources.ts", "providers/index.ts"];

/** Stand-ins of plugins, which are programs of their own. */
const plugins = ["lab/plugins/cloudflare.mts", "lab/plugins/azure-native.mts"];

/**
 * Puts each of them into one file with all of ours and zod, in place of what the compiler made of it: reading 270 modules
 * one by one took the plugin a tenth of a run in which nothing changes (docs/performance.md). What the program does not use of
 * a resource, its handler, is left out of the program. Other packages stay outside; most are loaded only when they are needed.
 * @param from the tree whose sources are taken, and whose dist/ is written
 */
export async function bundle(from = root) {
  // Not before: a clean clone has no packages when this module is read.
  const { build } = await import("esbuild");
  const zod = createRequire(join(root, "package.json"))
    .resolve("zod/package.json")
    .slice(0, -"package.json".length);
  await build({
    absWorkingDir: from,
    entryPoints: entries,
    outdir: "dist",
    outbase: ".",
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    alias: { zod: join(zod, "index.js") },
    // What is given away within the file is given away with its licence.
    banner: { js: `/*! Contains zod:\n\n${readFileSync(join(zod, "LICENSE"), "utf8")}*/` },
    logLevel: "warning",
  });
  await build({
    absWorkingDir: from,
    entryPoints: plugins,
    outdir: "dist",
    outbase: ".",
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    packages: "external",
    logLevel: "warning",
  });
}

/**
 * Puts a program of test/walk into one file, as deep as that folder is, so that what looks for the compiled program beside
 * itself finds it. Resolves to that file.
 */
export async function bundleWalk(name, from = root) {
  const { build } = await import("esbuild");
  const outfile = join(from, `.mailstage/walk/${basename(name)}.cjs`);
  await build({
    absWorkingDir: from,
    entryPoints: [`test/walk/${name}.ts`],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    packages: "external",
    logLevel: "warning",
  });
  return outfile;
}
