/**
 * Completes package-lock.json with the packages for other platforms, after a change of dependencies was locked
 * against a registry mirror that does not carry them. npm leaves such optional packages out of the lock file
 * without a word, and then `npm ci` refuses the file everywhere. An added entry has its exact version (from the
 * package that names it) and its platform (from its own name), so npm skips it here and fetches it where it fits.
 *
 *   node scripts/complete-lock.mjs          adds what is missing, says what it added
 *   node scripts/complete-lock.mjs --check  exit code 1 when something is missing
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "x64", "arm", "ia32", "ppc64", "s390x", "riscv64", "loong64"];

/** The platform that the name of a binary package tells: `@swc/core-linux-x64-musl` is linux, x64, musl. */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.filter((word) => words.includes(word));
  const cpu = processors.filter((word) => words.includes(word));
  if (os.length !== 1 || cpu.length !== 1) return undefined;
  const musl = words.some((word) => word.startsWith("musl"));
  const gnu = words.some((word) => word.startsWith("gnu"));
  return { os, cpu, ...(os[0] === "linux" && (musl || gnu) && { libc: [musl ? "musl" : "glibc"] }) };
}

/** The entries a lock file lacks, by their place in `packages`; throws where a name tells no platform. */
export function missingEntries(lock) {
  const missing = {};
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (`${place}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages)
        continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+\S*$/.test(version))
        throw new Error(
          `package-lock.json lacks ${name}@${version}, which names no one platform: add it by hand`,
        );
      missing[`node_modules/${name}`] = {
        version,
        ...platform,
        ...(entry.dev && { dev: true }),
        optional: true,
      };
    }
  }
  return missing;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock);
  const names = Object.keys(missing);
  if (process.argv.includes("--check")) {
    if (names.length > 0) {
      console.error(
        `package-lock.json lacks ${names.length} packages of other platforms (first: ${names[0]}), so \`npm ci\` would refuse it. Run: node scripts/complete-lock.mjs`,
      );
      process.exitCode = 1;
    }
  } else {
    const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) =>
      a.localeCompare(b, "en"),
    );
    if (names.length > 0)
      writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
    console.log(`${names.length} packages of other platforms added to package-lock.json`);
  }
}
