import { ownPaths, type Paths, shellWord } from "../base/platform.js";

/** What of a snapshot, and what for. */
export interface RestoreCommandOptions {
  /** Whom; absent: everybody in it. */
  readonly users?: readonly string[];
  /** Not to restore, but to let a restored user be converted again. */
  readonly convertAgain?: boolean;
}

/** The `mailstage restore` to type in the folder of Pulumi.yaml, as a shell takes it. */
export function restoreCommand(
  snapshot: string,
  { users, convertAgain }: RestoreCommandOptions = {},
  paths: Paths = ownPaths,
): string {
  const word = (text: string) => shellWord(text, paths);
  const whom = users === undefined ? ["--all"] : ["--user", ...users.map(word)];
  return [
    "mailstage restore",
    ...(convertAgain === true ? ["--convert-again"] : []),
    "--snapshot",
    word(snapshot),
    ...whom,
  ].join(" ");
}
