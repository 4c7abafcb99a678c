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
): string {
  const whom = users === undefined ? ["--all"] : ["--user", ...users.map(shellWord)];
  return [
    "mailstage restore",
    ...(convertAgain === true ? ["--convert-again"] : []),
    "--snapshot",
    shellWord(snapshot),
    ...whom,
  ].join(" ");
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
