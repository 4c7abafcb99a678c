import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { root } from "./run.mjs";

/**
 * What Pulumi starts anew for every command: the program without its first lines, the resources for programs of one's own, and
 * the handlers in its plugin.
 */
const entries = ["stacks/program.ts", "providers/resources.ts", "providers/index.ts"];

/** The command line, the lab included, which is evaluated when a command asks for it. */
const commandLine = "src/cli/main.ts";

/** Microsoft's libraries, as far as they are used: a file of their own beside the others, which load it with their first request. */
const libraries = "src/base/azure-libraries.ts";

/**
 * The lab's certificates, with the packages that make them, which nothing else uses: who never rehearses installs none of them. They are
 * packages of development, looked at as what is given away (scripts/licences.mjs, scripts/sbom.mjs).
 */
const certificates = "lab/certificates.ts";
export const givenWithin = ["@peculiar/x509", "reflect-metadata"];

/** Packages that most runs need for nothing: each is read when something of it is used. */
const seldom = ["csv-parse/sync", "csv-stringify/sync", "fast-xml-parser", "ldapts"];

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
  const common = {
    ...intoDist(from),
    format: "cjs",
    packages: "external",
    alias: { zod: join(zod, "index.js") },
    banner: { js: licenceComment([zod]) },
  };
  const plain = [englishOnly, ...(await Promise.all(seldom.map((name) => whenUsed(name))))];
  await build({ ...common, entryPoints: entries, plugins: [outside(libraries, ".."), ...plain] });
  await build({
    ...common,
    entryPoints: [commandLine],
    plugins: [outside(libraries, "../.."), outside(certificates, "../.."), ...plain],
  });
  for (const file of [libraries, certificates]) await bundleWithPackages(file, from, build);
  await build({
    ...intoDist(from),
    entryPoints: plugins,
    format: "esm",
    outExtension: { ".js": ".mjs" },
    packages: "external",
  });
}

/** Files of a tree, each into one in its dist/. */
const intoDist = (from) => ({
  absWorkingDir: from,
  outdir: "dist",
  outbase: ".",
  bundle: true,
  platform: "node",
  target: "node20",
  logLevel: "warning",
});

/** Leaves a file of ours out of another one, from which dist/ is so far above. */
const outside = (file, above) => ({
  name: "outside",
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`/${basename(file, ".ts")}\\.js$`) }, () => ({
      path: `${above}/${file.replace(/ts$/, "js")}`,
      external: true,
    })),
});

/** Leaves out the texts of zod's errors in sixty languages, a quarter of a file: nothing here asks for another. */
const englishOnly = {
  name: "English only",
  setup: ({ onLoad }) =>
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    })),
};

/**
 * Puts a module in place of a package, with the package's names, that loads it with the first use of one of them.
 * @param inside whether it is to be in the file; else it stays outside
 */
async function whenUsed(name, inside = false) {
  const names = Object.keys(createRequire(join(root, "package.json"))(name));
  const contents = names
    .map(
      (key) =>
        `Object.defineProperty(exports, "${key}", { enumerable: true, get: () => require("${name}")["${key}"] });`,
    )
    .join("\n");
  return {
    name: `${name} when used`,
    setup(build) {
      const itself = inside ? undefined : { path: name, external: true };
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ namespace }) =>
        namespace === name ? itself : { path: name, namespace: name },
      );
      build.onLoad({ filter: /^/, namespace: name }, () => ({ contents, loader: "js", resolveDir: root }));
    },
  };
}

/** One file of ours with all of the packages that it uses, before it their licences. */
async function bundleWithPackages(file, from, build) {
  const { metafile, outputFiles } = await build({
    ...intoDist(from),
    entryPoints: [file],
    format: "cjs",
    // Opens a browser to sign in, which nothing here does.
    external: ["open"],
    // For who signs in by a certificate, and behind a proxy.
    plugins: await Promise.all(
      ["jsonwebtoken", "http-proxy-agent", "https-proxy-agent"].map((name) => whenUsed(name, true)),
    ),
    // Each request is looked at whether it is a form of this kind. None is, and Node reads all of its fetch for that.
    define: { FormData: "undefined" },
    // Each a third less to read, and to give away: packages as modules, whose unused parts are left out, and no indentation.
    mainFields: ["module", "main"],
    minifyWhitespace: true,
    metafile: true,
    write: false,
  });
  const folders = new Set(Object.keys(metafile.inputs).flatMap((input) => packageFolder(input) ?? []));
  const licences = licenceComment([...folders].sort().map((folder) => join(from, folder)));
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${licences}\n${text}`);
  }
}

/** The folder of the package that a file belongs to; undefined for one of ours. */
const packageFolder = (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

/** What is given away within a file is given away with its licence. */
const licenceComment = (folders) => `/*! ${folders.map(licenceText).join("\n\n")}\n*/`;

function licenceText(folder) {
  const { name, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const terms = file === undefined ? license : readFileSync(join(folder, file), "utf8").trim();
  return `Contains ${name}:\n\n${terms.replaceAll("*/", "* /")}`;
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
