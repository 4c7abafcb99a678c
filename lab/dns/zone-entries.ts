import { MailstageError, type Problem } from "../../src/base/problem.js";

/** A word of a zone file, its escapes as written. */
export interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** One entry of a zone file: a line, or several held together by parentheses. */
export interface Entry {
  readonly line: number;
  /** The line begins with space: the entry belongs to the name before it. */
  readonly inherits: boolean;
  readonly tokens: readonly Token[];
}

const lexer = /"((?:[^"\\]|\\[\s\S])*)"|([()])|;[^\n]*|(\n)|((?:[^\s();"\\]|\\[\s\S])+)|[ \t\r]+/gy;

/** What is wrong with a line. */
export function failure(source: string, line: number, reason: string): Problem {
  return {
    code: "zone-file",
    subject: `${source}:${line}`,
    reason,
    hint: "Write it as in RFC 1035, such as: name 3600 IN MX 10 mail.contoso.com.",
  };
}

/**
 * A zone file taken apart into its entries, without comments.
 * @throws MailstageError `zone-file` where a string or a parenthesis does not end
 */
export function entriesOf(text: string, source: string): Entry[] {
  const entries: Entry[] = [];
  let line = 1;
  let depth = 0;
  let opened = 1;
  let begin = 0;
  let current: { line: number; inherits: boolean; tokens: Token[] } | undefined;
  lexer.lastIndex = 0;
  while (lexer.lastIndex < text.length) {
    const at = lexer.lastIndex;
    const match = lexer.exec(text);
    if (match === null) throw new MailstageError(failure(source, line, "a quoted string does not end"));
    const [whole, quoted, parenthesis, newline, word] = match;
    if (parenthesis === "(" && depth === 0) opened = line;
    if (parenthesis !== undefined) depth += parenthesis === "(" ? 1 : -1;
    if (depth < 0)
      throw new MailstageError(failure(source, line, "a parenthesis is closed that was not opened"));
    if (quoted !== undefined || word !== undefined) {
      current ??= { line, inherits: at > begin, tokens: [] };
      current.tokens.push({ text: quoted ?? word ?? "", quoted: quoted !== undefined });
    }
    line += whole.split("\n").length - 1;
    if (newline !== undefined && depth === 0) {
      if (current !== undefined) entries.push(current);
      current = undefined;
      begin = lexer.lastIndex;
    }
  }
  if (depth > 0) throw new MailstageError(failure(source, opened, "a parenthesis is not closed"));
  return current === undefined ? entries : [...entries, current];
}
