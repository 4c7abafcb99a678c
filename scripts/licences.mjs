/**
 * Whether every installed package may be used under the terms mailstage is given away with. What runs in production, or is given away
 * within a file of mailstage, must be permissive; tools of development may also be under licences that concern only those who pass the
 * tool itself on.
 *
 *   node scripts/licences.mjs    exit code 1 and the names of packages whose licence nobody has looked at
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { givenWithin } from "./setup/bundle.mjs";
import { root } from "./setup/run.mjs";
import { isMain } from "./setup.mjs";

const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
]);
/** Weak copyleft, and data: nothing of them is in what is published. */
const development = new Set([...permissive, "CC-BY-4.0", "MPL-2.0"]);
/** Packages that name their licence in no form a program reads, looked at by a person. */
const readByHand = { "@logdna/tail-file": "MIT" };

/** Whether an SPDX expression can be satisfied by allowed licences alone. */
export function isAllowed(expression, allowed) {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const term = () => {
    const token = tokens[at++];
    if (token !== "(") return allowed.has(token);
    const inside = either();
    return tokens[at++] === ")" && inside;
  };
  const both = () => {
    let good = term();
    while (tokens[at] === "AND") {
      at += 1;
      const next = term();
      good = good && next;
    }
    return good;
  };
  const either = () => {
    let good = both();
    while (tokens[at] === "OR") {
      at += 1;
      const next = both();
      good = good || next;
    }
    return good;
  };
  const good = either();
  return good && at === tokens.length;
}

/** What a package's manifest says its licence is, in today's form or one of the two before it. */
export function licenceOf({ name, license, licenses }) {
  const known = Object.hasOwn(readByHand, name) ? readByHand[name] : undefined;
  if (typeof license === "string" && !license.startsWith("SEE LICENSE")) return license;
  if (typeof license?.type === "string") return license.type;
  if (Array.isArray(licenses)) return licenses.map(({ type }) => type).join(" OR ");
  return known ?? "none";
}

/** Where the lock file has the packages that are given away within a file of mailstage, and those that they use. */
export function placesWithin({ packages }, names = givenWithin) {
  const found = new Set();
  const add = (name, user) => {
    const place = `${user === "" ? "" : `${user}/`}node_modules/${name}`;
    if (found.has(place)) return;
    if (place in packages) {
      found.add(place);
      for (const needed of Object.keys(packages[place].dependencies ?? {})) add(needed, place);
    } else if (user !== "") add(name, user.slice(0, Math.max(0, user.lastIndexOf("/node_modules/"))));
  };
  for (const name of names) add(name, "");
  return found;
}

/** Packages that may not be used, each as `name version: licence`. Packages of other platforms are not here to be read. */
export function refusedPackages(lock, manifestAt) {
  const peers = lock.packages[""]?.peerDependencies ?? {};
  const within = placesWithin(lock);
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    const manifest = place === "" ? undefined : manifestAt(place);
    if (manifest === undefined) return [];
    const licence = licenceOf(manifest);
    // What is a peer as well runs with whom it is for.
    const onlyHere = entry.dev && !Object.hasOwn(peers, manifest.name) && !within.has(place);
    if (isAllowed(licence, onlyHere ? development : permissive)) return [];
    return [`${manifest.name} ${manifest.version}: ${licence}`];
  });
}

if (isMain(import.meta.url)) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));
  let looked = 0;
  const refused = refusedPackages(read("package-lock.json"), (place) => {
    try {
      const manifest = read(`${place}/package.json`);
      looked += 1;
      return manifest;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    }
  });
  if (refused.length > 0) {
    console.error(
      `licences that nobody has looked at:\n  ${refused.join("\n  ")}\nReplace the package, or allow the licence in scripts/licences.mjs and say why`,
    );
    process.exitCode = 1;
  } else console.log(`the licences of ${looked} packages are compatible with Apache-2.0`);
}
