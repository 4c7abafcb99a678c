import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./markdown.js";

/** A test that a document quotes: `test/file.test.ts` "its name". */
export interface Claim {
  readonly file: string;
  readonly name: string;
}

/** The quoted tests of a table's cell; a file without a name gives none. */
export function claimsIn(cell: string): Claim[] {
  const claims: Claim[] = [];
  let file = "";
  for (const [, path, name] of cell.matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) file = path;
    else if (name !== undefined) claims.push({ file, name });
  }
  return claims;
}

/** Why a quoted test does not exist; undefined where it does. */
export function missingTest({ file, name }: Claim): string | undefined {
  const path = join(repository, file);
  if (file === "" || !existsSync(path)) return `${file || "no file"} for "${name}"`;
  const text = readFileSync(path, "utf8");
  return ['"', "`"].some((quote) => text.includes(`${quote}${name}${quote}`))
    ? undefined
    : `${file}: "${name}"`;
}

/** Files a text names in backticks, by their place in the repository. */
export function namedFiles(text: string): string[] {
  return [
    ...text.matchAll(
      /`((?:src|providers|stacks|test|docs|scripts|examples|tools|policy|bench|\.ci)\/[^`\s*…<>]*)`/g,
    ),
  ].flatMap(([, path]) => path ?? []);
}
