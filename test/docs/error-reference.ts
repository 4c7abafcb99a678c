import { dirname, join } from "node:path";
import ts from "typescript";
import { howToGive, secrets } from "../../src/plan/secrets.js";
import { parsed, placeOf, sources, visitAll } from "./sources.js";

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
  const entries = new Map<string, ErrorEntry>();
  for (const file of sources("providers", "src", "stacks").filter(
    (name) => !name.startsWith("src/cli/demo/"),
  ))
    for (const entry of entriesIn(file)) entries.set(`${entry.code}\n${entry.reason}`, entry);
  return [...entries.values()].sort((left, right) =>
    `${left.code} ${left.reason}` < `${right.code} ${right.reason}` ? -1 : 1,
  );
}

/** Every remedy that the sources spell out, one by one where it is one of several, with its place. */
export function hints(): { readonly hint: string; readonly at: string }[] {
  return sources("providers", "src", "stacks", "policy").flatMap((file) => {
    const found: { hint: string; at: string }[] = [];
    const add = (node: ts.Node | undefined) => {
      if (node === undefined) return;
      for (const hint of textOf(node).split(" / ")) if (hint !== "") found.push({ hint, at: placeOf(node) });
    };
    visitAll(parsed(file), (node) => {
      if (ts.isPropertyAssignment(node) && node.name.getText() === "hint") add(node.initializer);
      if (ts.isVariableDeclaration(node) && /^hint$|Hint$/.test(node.name.getText())) add(node.initializer);
      if (ts.isVariableDeclaration(node) && node.name.getText() === "hints") visitValues(node, add);
      add(problemInList(node)?.hint);
    });
    return found;
  });
}

function visitValues(node: ts.Node, visit: (value: ts.Node) => void): void {
  visitAll(node, (inner) => {
    if (ts.isPropertyAssignment(inner)) visit(inner.initializer);
  });
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
  const found: ErrorEntry[] = [];
  const add = (codes: string[], reason: ts.Node | undefined, hint: ts.Node | undefined) => {
    for (const code of codes)
      if (codePattern.test(code)) found.push({ code, reason: textOf(reason), hint: textOf(hint), file });
  };
  visitAll(parsed(file), (node) => {
    if (ts.isObjectLiteralExpression(node)) {
      const reason = propertyOf(node, "reason");
      if (reason !== undefined) add(literalsOf(propertyOf(node, "code")), reason, propertyOf(node, "hint"));
    }
    const listed = problemInList(node);
    if (listed !== undefined) add([listed.code], listed.reason, listed.hint);
  });
  return found;
}

/** A problem given as `(code, reason, hint)`, arguments of a call or elements of an array. */
function problemInList(
  node: ts.Node,
): { code: string; reason: ts.Node | undefined; hint: ts.Node | undefined } | undefined {
  if (!ts.isCallExpression(node) && !ts.isArrayLiteralExpression(node)) return undefined;
  const [code, reason, hint] = ts.isCallExpression(node) ? node.arguments : node.elements;
  return code !== undefined &&
    ts.isStringLiteral(code) &&
    codePattern.test(code.text) &&
    / /.test(textOf(reason))
    ? { code: code.text, reason, hint }
    : undefined;
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
      node.templateSpans
        .map(({ expression, literal }) => (numberOf(expression) ?? saidBy(expression) ?? "…") + literal.text)
        .join("")
    );
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right);
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return textOf(node.body);
  if (ts.isConditionalExpression(node))
    return [node.whenTrue, node.whenFalse]
      .map(textOf)
      .filter((text) => text !== "")
      .join(" / ");
  if (ts.isIdentifier(node)) {
    if (node.text === "undefined") return "";
    const text = textOf(constantOf(node));
    // A word alone is a kind, not a sentence.
    return text.split(" / ").every((sentence) => / /.test(sentence)) ? text : "…";
  }
  return saidBy(node) ?? "…";
}

/** What the nearest constant of that name is set to, in the same file or in that which it is imported from. */
function constantOf(name: ts.Identifier): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = name.parent; scope !== undefined; scope = scope.parent) {
    const here = ts.isBlock(scope) || ts.isSourceFile(scope) ? constantIn(scope, name.text) : undefined;
    if (here !== undefined) return here;
  }
  const source = name.getSourceFile();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const { text: from } = statement.moduleSpecifier;
    const names = statement.importClause?.namedBindings;
    if (names === undefined || !ts.isNamedImports(names) || !from.startsWith(".")) continue;
    if (names.elements.some((element) => element.name.text === name.text))
      return constantIn(parsed(join(dirname(source.fileName), from).replace(/\.js$/, ".ts")), name.text);
  }
  return undefined;
}

function constantIn(scope: ts.Block | ts.SourceFile, name: string): ts.Expression | undefined {
  for (const statement of scope.statements)
    if (ts.isVariableStatement(statement))
      for (const { name: declared, initializer } of statement.declarationList.declarations)
        if (declared.getText() === name) return initializer;
  return undefined;
}

/** The number that a constant stands for. */
function numberOf(node: ts.Node): string | undefined {
  const constant = ts.isIdentifier(node) ? constantOf(node) : undefined;
  return constant !== undefined && ts.isNumericLiteral(constant) ? constant.text : undefined;
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
    case "were":
      return node.expression.getText();
    case "agree":
      return textOf(many);
    default:
      return undefined;
  }
}
