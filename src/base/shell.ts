import { isWindows, ownPaths, type Paths } from "./paths.js";
import { printable } from "./printable.js";

/**
 * PowerShell's literal string: nothing in it is expanded. PowerShell takes the typographic quotes for the straight one, so each
 * of the five is doubled, as its own `CodeGeneration.EscapeSingleQuotedStringContent` does.
 */
export function powerShellWord(text: string): string {
  return `'${printable(text).replace(/['‘’‚‛]/g, "$&$&")}'`;
}

/** A literal word of sh, whatever is in it. */
export const quotedWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A word of a command that is printed for a person to type: in sh, on Windows in PowerShell. */
export function shellWord(text: string, paths: Paths = ownPaths): string {
  // PowerShell takes a comma for a list, and what begins with @ for a variable.
  if (isWindows(paths)) return /^[\w:.\\/+=-][\w:.\\/@+=-]*$/.test(text) ? text : powerShellWord(text);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quotedWord(text);
}

/** How the name of a file ends that a shell takes its environment from: `. file`. */
export const environmentEnding = (paths: Paths = ownPaths): string => (isWindows(paths) ? "ps1" : "env");

/** Its lines. Values are quoted whole. */
export function environmentLines(
  environment: Readonly<Record<string, string>>,
  paths: Paths = ownPaths,
): string {
  return Object.entries(environment)
    .map(([name, value]) =>
      isWindows(paths)
        ? `$env:${name} = ${powerShellWord(value)}\n`
        : `export ${name}=${quotedWord(value)}\n`,
    )
    .join("");
}

/** A file to look at or to edit, and a password asked for in this shell alone, as a person types it. */
export const typed = (paths: Paths = ownPaths) =>
  isWindows(paths)
    ? {
        edit: (file: string) => `notepad ${file.replaceAll("/", "\\")}`,
        page: (file: string) => `more ${file.replaceAll("/", "\\")}`,
        askSecret: (name: string) => `$env:${name} = Read-Host -MaskInput`,
      }
    : {
        edit: (file: string) => `$EDITOR ${file}`,
        page: (file: string) => `$PAGER ${file}`,
        askSecret: (name: string) => `read -rs ${name} && export ${name}`,
      };
