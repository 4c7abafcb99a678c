import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { howToGive, secrets } from "../../src/plan/secrets.js";
import { repository } from "./markdown.js";

/** One deliberate failure as the sources write it down. */
export interface ErrorEntry {
  readonly code: string;
  /** With `…` for what is filled in. */
  readonly reason: string;
  readonly hint: string;
  /** Relative to the repository. */
  readonly file: string;
}

const codePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;

/** Every problem whose code and reason stand in the sources. */
export function errorEntries(): ErrorEntry[] {
  const files = ["providers", "src", "stacks"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name).replaceAll("\\", "/"))
      .filter((file) => file.endsWith(".ts") && !file.startsWith("src/cli/demo/")),
  );
  const entries = new Map<string, ErrorEntry>();
  for (const file of files)
    for (const entry of entriesIn(file)) entries.set(`${entry.code}\n${entry.reason}`, entry);
  return [...entries.values()].sort((left, right) =>
    `${left.code} ${left.reason}` < `${right.code} ${right.reason}` ? -1 : 1,
  );
}

/** The entries as a Markdown table. */
export function errorTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  return [
    "| Code | What is wrong | What to do | Raised in |",
    "|---|---|---|---|",
    ...errorEntries().map(
      ({ code, reason, hint, file }) => `| \`${code}\` | ${cell(reason)} | ${cell(hint)} | \`${file}\` |`,
    ),
  ].join("\n");
}

function entriesIn(file: string): ErrorEntry[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(repository, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: ErrorEntry[] = [];
  const add = (codes: string[], reason: ts.Node | undefined, hint: ts.Node | undefined) => {
    for (const code of codes)
      if (codePattern.test(code)) found.push({ code, reason: textOf(reason), hint: textOf(hint), file });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const reason = propertyOf(node, "reason");
      if (reason !== undefined) add(literalsOf(propertyOf(node, "code")), reason, propertyOf(node, "hint"));
    } else if (ts.isCallExpression(node) || ts.isArrayLiteralExpression(node)) {
      const [code, reason, hint] = ts.isCallExpression(node) ? node.arguments : node.elements;
      if (code !== undefined && ts.isStringLiteral(code) && / /.test(textOf(reason)))
        add([code.text], reason, hint);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function propertyOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties)
    if (ts.isPropertyAssignment(property) && property.name.getText() === name) return property.initializer;
    else if (ts.isShorthandPropertyAssignment(property) && property.name.text === name) return property.name;
  return undefined;
}

/** The literals an expression can be: `a ? "x" : "y"` is both. */
function literalsOf(node: ts.Node | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteral(node)) return [node.text];
  return ts.isConditionalExpression(node)
    ? [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)]
    : [];
}

/** What an expression says: text as it is, everything filled in as `…`, alternatives with a slash. */
function textOf(node: ts.Node | undefined): string {
  if (node === undefined) return "";
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text +
      node.templateSpans.map(({ expression, literal }) => (saidBy(expression) ?? "…") + literal.text).join("")
    );
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right);
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isConditionalExpression(node)) return `${textOf(node.whenTrue)} / ${textOf(node.whenFalse)}`;
  return saidBy(node) ?? "…";
}

/** What is known of a call without its values: the remedy for a secret that is missing, and what is counted. */
function saidBy(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [first, one, many] = node.arguments;
  switch (node.expression.getText()) {
    case "howToGive": {
      const name = first?.getText();
      const [, secret] = Object.entries(secrets).find(([key]) => `secrets.${key}` === name) ?? [];
      return secret && howToGive(secret);
    }
    case "mailboxes":
      return "… mailboxes";
    case "counted":
      return `… ${many === undefined ? `${textOf(one)}s` : textOf(many)}`;
    case "are":
      return "are";
    default:
      return undefined;
  }
}
