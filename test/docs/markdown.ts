import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The repository. */
export const repository = resolve(__dirname, "../..");

/** A committed Markdown document. */
export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** README, CHANGELOG, CONTRIBUTING and everything in docs/. */
export function documents(): Document[] {
  const top = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"];
  const docs = readdirSync(join(repository, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  return [...top, ...docs.sort()].map(documentAt);
}

/** One document. */
export function documentAt(path: string): Document {
  return { path, text: readFileSync(join(repository, path), "utf8") };
}

/** The text without its fenced blocks. */
function prose({ text }: Document): string {
  return text.replace(/^```[^\n]*\n[\s\S]*?^```/gm, "");
}

/** The contents of the fenced blocks of one language. */
export function fenced({ text }: Document, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, name, body]) =>
    name === language && body !== undefined ? [body] : [],
  );
}

/** What stands between single backticks outside fenced blocks. */
export function codeSpans(document: Document): string[] {
  return [...prose(document).matchAll(/`([^`\n]+)`/g)].flatMap(([, span]) => span ?? []);
}

/** Targets of links, without those that lead to other hosts. */
export function localLinks(document: Document): string[] {
  return [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)]
    .flatMap(([, target]) => target ?? [])
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Why a link of a document leads nowhere; undefined where it leads somewhere. */
export function brokenLink(document: Document, target: string): string | undefined {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? document.path : join(dirname(document.path), file);
  if (!existsSync(join(repository, path))) return `${path} does not exist`;
  if (anchor === undefined || !path.endsWith(".md")) return undefined;
  return anchors(documentAt(path)).includes(anchor) ? undefined : `${path} has no heading #${anchor}`;
}

/** A document's headings as GitHub links to them. */
function anchors(document: Document): string[] {
  return [...prose(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The rows of a Markdown table's body, cell by cell; an escaped bar stays in its cell. */
export function tableRows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf("|"))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll("\\|", "|")),
    );
}
