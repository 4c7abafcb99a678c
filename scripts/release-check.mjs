/**
 * Whether what is here is the release that a tag names: version, changelog, states that are kept. The release workflow asks it
 * before anything else.
 *
 *   node scripts/release-check.mjs v0.1.0 [NOTES]    writes the release's part of the changelog to NOTES
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, main, root, SetupError } from "./setup/run.mjs";

/** The changelog's part about a version, or undefined where it has none with a date. */
export function notesOf(changelog, version) {
  const heading = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m");
  const found = heading.exec(changelog);
  if (found === null) return undefined;
  const rest = changelog.slice(found.index + found[0].length);
  return rest.slice(0, rest.search(/^## \[|$(?![\s\S])/m)).trim();
}

/** Everything that keeps this from being the release. */
export function releaseProblems({ tag, version, lockVersion, changelog, hasStates }) {
  return [
    tag !== `v${version}` && `the tag is ${tag || "missing"}, and package.json has ${version}`,
    lockVersion !== version && `package-lock.json has ${lockVersion}: run npm install --package-lock-only`,
    !notesOf(changelog, version) && `CHANGELOG.md has no text under "## [${version}] - YYYY-MM-DD"`,
    !hasStates && `test/upgrades/${version} is missing: MAILSTAGE_WRITE_UPGRADES=1 npm test -- test/upgrades`,
  ].filter((problem) => problem !== false);
}

const read = (file) => readFileSync(join(root, file), "utf8");

if (isMain(import.meta.url))
  await main(async ([tag = "", notes]) => {
    const { version } = JSON.parse(read("package.json"));
    const changelog = read("CHANGELOG.md");
    const problems = releaseProblems({
      tag,
      version,
      lockVersion: JSON.parse(read("package-lock.json")).version,
      changelog,
      hasStates: existsSync(join(root, "test/upgrades", version)),
    });
    if (problems.length > 0) throw new SetupError(`this is not the release:\n  ${problems.join("\n  ")}`);
    if (notes !== undefined) writeFileSync(notes, `${notesOf(changelog, version)}\n`);
    return 0;
  });
