/**
 * Brings what a pull request proposes into this checkout of the main branch: plans (Pulumi.<stack>.yaml) and lists (*.csv), and
 * nothing that runs. Usage: proposed.mjs <checkout of the pull request>. Exit code 0 done, 1 failed.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { harmless, warn } from "./run.mjs";

const proposed = resolve(process.argv[2] ?? "proposed");
const here = process.cwd();

/** The files of a checkout, by their path in it: a link or a submodule is none. */
const filesOf = (folder) =>
  execFileSync("git", ["ls-files", "-z"], { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 })
    .split("\0")
    .filter((path) => path !== "" && lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile());
const isData = (path) => /(^|\/)Pulumi\.[^/]+\.yaml$|\.csv$/i.test(path);

const ours = filesOf(here);
const theirs = filesOf(proposed);
for (const path of ours.filter((one) => isData(one) && !theirs.includes(one))) rmSync(join(here, path));
for (const path of theirs.filter(isData)) {
  mkdirSync(dirname(join(here, path)), { recursive: true });
  copyFileSync(join(proposed, path), join(here, path));
}
const differs = (path) =>
  !existsSync(join(here, path)) ||
  !existsSync(join(proposed, path)) ||
  !readFileSync(join(here, path)).equals(readFileSync(join(proposed, path)));
const unread = [...new Set([...ours, ...theirs])].filter((path) => !isData(path) && differs(path));
if (unread.length > 0)
  warn(
    harmless(
      `Reviewed as they are on the main branch: ${unread.slice(0, 20).join(", ").replace(/\s/g, " ")}`,
    ),
  );
