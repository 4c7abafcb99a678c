import { plainLine, shortened } from "../../base/plain.js";
import { count } from "../../base/words.js";

/** Longest value shown in a table; the JSON has it whole. */
const longest = 160;

/**
 * Data as Markdown text. Whatever Markdown or a host gives a meaning becomes a character reference, which no renderer
 * takes for markup: pipes of tables, backticks, HTML, emphasis, links, formulas. A host also looks for mentions and issue
 * numbers in the rendered text: a comment between the characters keeps it from that.
 */
export function text(data: string): string {
  return plainLine(data)
    .replace(/[&<>|`*[\]\\~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, reference)
    .replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}])/gu, "@<!-- -->")
    .replace(/(?<!&)#(?=\d)/g, "#<!-- -->");
}

/** A value as code. A plain one as a code span; one that would end the span or the cell as character references. */
export function code(data: string): string {
  const shown = shortened(plainLine(data), longest);
  if (shown === "") return "(empty)";
  if (/^[^\s`|\\<>&](?:[^`|\\<>&]*[^\s`|\\<>&])?$/u.test(shown)) return `\`${shown}\``;
  return `<code>${shown.replace(/[^\p{L}\p{N} .,:;=/+-]/gu, reference)}</code>`;
}

function reference(character: string): string {
  return `&#${character.codePointAt(0) ?? 0xfffd};`;
}

/** A table; the cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A list that is folded, with its size in the headline; beyond `most` only the rest's number is given. */
export function folded(headline: string, items: readonly string[], most: number): string {
  const shown = items.slice(0, most);
  const rest = items.length - shown.length;
  const body = [...shown, ...(rest > 0 ? [`and ${count(rest)} more`] : [])].join(", ");
  return `<details><summary>${headline}</summary>\n\n${body}\n\n</details>`;
}

/** Lines in a fence longer than any in them; a comment mark in them is parted, since pipelines look for theirs. */
export function fenced(lines: readonly string[]): string {
  const longestRun = Math.max(
    2,
    ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  const fence = "`".repeat(longestRun + 1);
  return [fence, ...lines.map((line) => shortened(line.replaceAll("<!--", "<! --"), 400)), fence].join("\n");
}
