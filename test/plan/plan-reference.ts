import type { z } from "zod";
import { planJsonSchema } from "../../src/plan/index.js";

type Node = z.core.JSONSchema.BaseSchema;

/** One line of the reference. */
export interface ReferenceRow {
  readonly field: string;
  readonly allowed: string;
  readonly fallback: string;
  readonly what: string;
  readonly change: string;
}

/** Every field of the plan, in the schema's order; fields that forms of a union share stand once. */
export function referenceRows(): ReferenceRow[] {
  const rows = new Map<string, ReferenceRow>();
  for (const row of fieldsOf(planJsonSchema(), "")) {
    const key = JSON.stringify(row);
    if (!rows.has(key)) rows.set(key, row);
  }
  return [...rows.values()];
}

/** The rows as a Markdown table. */
export function referenceTable(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return [
    "| Field | Allowed | Default | What it is | What a change does |",
    "|---|---|---|---|---|",
    ...referenceRows().map(
      ({ field, allowed, fallback, what, change }) =>
        `| \`${field}\` | ${cell(allowed)} | ${cell(fallback)} | ${cell(what)} | ${cell(change)} |`,
    ),
  ].join("\n");
}

function fieldsOf(node: Node, prefix: string): ReferenceRow[] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    if (!isNode(child)) return [];
    const field = prefix === "" ? name : `${prefix}.${name}`;
    const [what = "", change = ""] = (child.description ?? "").split(/\.? ?Change: /);
    const fallback = required.has(name) ? "required" : defaultOf(child, what);
    const row = { field, allowed: allowedIn(child), fallback, what, change };
    return [row, ...below(child, field)];
  });
}

function below(node: Node, field: string): ReferenceRow[] {
  const forms = formsOf(node);
  if (forms.length > 0) return forms.flatMap((form) => fieldsOf(form, field));
  return isNode(node.items) ? fieldsOf(node.items, `${field}[]`) : fieldsOf(node, field);
}

function formsOf(node: Node): Node[] {
  return [...(node.anyOf ?? []), ...(node.oneOf ?? [])].filter(isNode);
}

function defaultOf(node: Node, what: string): string {
  if (/default: /.test(what)) return "see text";
  if (node.default === undefined) return "none";
  return typeof node.default === "object" ? "its fields' own" : `\`${String(node.default)}\``;
}

function allowedIn(node: Node): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(" · ");
  if (formsOf(node).length > 0) return "one of its forms";
  if (node.type === "array") return `list of ${isNode(node.items) ? allowedIn(node.items) : "values"}`;
  if (node.type === "object") return "mapping";
  if (node.type === "integer") {
    const unbounded = (node.maximum ?? Number.MAX_SAFE_INTEGER) >= Number.MAX_SAFE_INTEGER;
    return unbounded
      ? `whole number from ${node.minimum}`
      : `whole number, ${node.minimum} to ${node.maximum}`;
  }
  return node.type === "boolean" ? "`true` · `false`" : "text";
}

function isNode(node: unknown): node is Node {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
