import { MailstageError } from "./problem.js";

/**
 * Names as state has them: sorted, one a line, so that Pulumi's own `--diff` shows who comes and who goes as `+` and `-` lines,
 * and a person can read a state file.
 * @param names without line ends; a repeated one counts once
 */
export function joinNames(names: Iterable<string>): string {
  return [...new Set(names)].sort().join("\n");
}

/**
 * What `joinNames` was given, sorted.
 * @param subject whose names, for the error
 * @throws MailstageError `state-damaged` where the text was not made by `joinNames`, such as one with lines that are empty,
 *   twice there or out of order
 */
export function splitNames(lines: string, subject: string): string[] {
  if (lines === "") return [];
  const names = lines.split("\n");
  if (!names.every((name, at) => name > (names[at - 1] ?? "") && !name.endsWith("\r")))
    throw new MailstageError({
      code: "state-damaged",
      subject,
      reason: "has names in the stack's state that cannot be read",
      hint: "Take the state of before from the backups of your state store: pulumi stack import",
    });
  return names;
}
