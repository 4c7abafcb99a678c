import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compileCache } from "./run.mjs";

/** As many entries as a clone and a few installed packages have, ten times over: 150 MB. */
const many = 20_000;

const entriesIn = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/**
 * Empties what `quickStart` keeps for a version of Node where it has grown past measure: Node has an entry for each place of a file and
 * forgets none, and tests install packages into folders of a moment (1.5 GB in a day, 2026-11). What is used is there again after one run.
 * @returns the versions whose entries are gone
 */
export function trimCompileCache(folder = compileCache, most = many) {
  const full = entriesIn(folder).filter((version) => entriesIn(join(folder, version)).length > most);
  return full.filter((version) => {
    // Under another name first: who starts meanwhile begins a new one.
    const gone = `${folder}.${process.pid}.gone`;
    try {
      renameSync(join(folder, version), gone);
    } catch {
      // Another process did it.
      return false;
    }
    rmSync(gone, { recursive: true, force: true });
    return true;
  });
}
