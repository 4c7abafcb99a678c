import { splitNames } from "../base/name-list.js";
import { MailstageError } from "../base/problem.js";

/** A name has no blank, so that no name reads like this. */
const runPattern = /^(\S+) … (\S+) \((\d+)\)$/;
/** Two names are shorter than a line about them. */
const shortestRun = 3;

/**
 * Writes a list of names as runs of another list, the roster, that stands beside it in state: names that follow each other there become
 * one line, the others have a line each. Of the roster anna, bert, carla, dora, eva, the list of all but carla is `anna`, `bert`,
 * `dora`, `eva`, and the list of all is `anna … eva (5)`. Else each name of a wave would stand in state a dozen times.
 * @param names by `joinNames`
 * @param roster the other list, by `joinNames`
 * @param subject whose names, for the error
 * @throws MailstageError as `splitNames` does, where the two differ
 */
export function foldNames(names: string, roster: string, subject: string): string {
  if (names === "" || names.includes(" … ")) return names;
  // Most lists are all of it, and are not looked into then: a wave's is folded and unfolded twenty times a run.
  if (names === roster) return wholeRun(roster) ?? names;
  const all = listOf(roster, subject);
  const own = splitNames(names, subject);
  const lines: string[] = [];
  for (let at = 0; at < own.length; ) {
    const from = placeIn(all, own[at] ?? "");
    let length = 1;
    if (from !== undefined)
      while (at + length < own.length && own[at + length] === all[from + length]) length++;
    lines.push(
      ...(length < shortestRun
        ? own.slice(at, at + length)
        : [`${own[at]} … ${own[at + length - 1]} (${length})`]),
    );
    at += length;
  }
  return lines.join("\n");
}

/**
 * What `foldNames` was given as `names`; what was never folded stays as it is.
 * @param roster the list as it was then
 * @throws MailstageError `state-damaged` where the list is another by now, so that nobody is counted who was not meant
 */
export function unfoldNames(lines: string, roster: string, subject: string): string {
  if (!lines.includes(" … ")) return lines;
  if (lines === wholeRun(roster)) return roster;
  const all = listOf(roster, subject);
  return lines
    .split("\n")
    .map((line) => {
      const [, first, last, count] = runPattern.exec(line) ?? [];
      if (first === undefined || last === undefined) return line;
      const [from, to] = [placeIn(all, first), placeIn(all, last)];
      if (from === undefined || to === undefined || to - from + 1 !== Number(count))
        throw new MailstageError({
          code: "state-damaged",
          subject,
          reason: `is "${line}" in the stack's state, which does not go with the list beside it`,
          hint: "Take the state of before from the backups of your state store: pulumi stack import",
        });
      return all.slice(from, to + 1).join("\n");
    })
    .join("\n");
}

/** The one line that stands for a whole list; undefined where its names are shorter. */
function wholeRun(roster: string): string | undefined {
  let count = 1;
  for (let at = roster.indexOf("\n"); at >= 0; at = roster.indexOf("\n", at + 1)) count++;
  const [first, last] = [roster.slice(0, roster.indexOf("\n")), roster.slice(roster.lastIndexOf("\n") + 1)];
  return count < shortestRun ? undefined : `${first} … ${last} (${count})`;
}

/** The list that was split last: that of a wave is asked for once for each of its batches. */
let latest: { readonly text: string; readonly names: readonly string[] } = { text: "", names: [] };

function listOf(text: string, subject: string): readonly string[] {
  if (latest.text !== text) latest = { text, names: splitNames(text, subject) };
  return latest.names;
}

function placeIn(sorted: readonly string[], name: string): number | undefined {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? "") < name) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === name ? from : undefined;
}
