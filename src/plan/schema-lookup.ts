import type { z } from "zod";
import { planJsonSchema } from "./json-schema.js";

type Node = z.core.JSONSchema.BaseSchema;
type Path = readonly PropertyKey[];

/** What the schema says of one field; of all its forms where the plan does not tell which is meant. */
export interface FieldFacts {
  /** What it is: its description without the consequence of a change; absent where the forms differ. */
  readonly summary?: string;
  /** The keys a mapping may have, for each of its forms. */
  readonly forms: readonly (readonly string[])[];
  /** The values it may take, where they can be listed. */
  readonly values: readonly string[];
}

/** The facts of the field at `path` of a plan, from the plan's JSON Schema. */
export function fieldAt(path: Path, plan: unknown): FieldFacts {
  const nodes = nodesAt(path, plan);
  const [summary, ...others] = new Set(
    nodes.flatMap(({ description }) =>
      description === undefined ? [] : [description.split(/\.? ?Change: /)[0]],
    ),
  );
  return {
    ...(summary !== undefined && others.length === 0 && { summary }),
    forms: nodes.flatMap(({ properties }) => (properties === undefined ? [] : [Object.keys(properties)])),
    values: [
      ...new Set(
        nodes.flatMap((node) =>
          [...(node.enum ?? []), ...(node.const === undefined ? [] : [node.const])].map(String),
        ),
      ),
    ],
  };
}

/** The name of `names` that `name` was meant to be: equal but for case and separators, or few letters off. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const bare = (text: string): string => text.toLowerCase().replace(/[-_\s]/g, "");
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(bare(name), bare(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.candidate;
}

let planSchemaNode: Node | undefined;

/** The schema's nodes for a path; several where forms of a union share it. */
function nodesAt(path: Path, plan: unknown): Node[] {
  // Made at the first problem, once: a good plan never pays for it.
  planSchemaNode ??= planJsonSchema();
  let nodes: Node[] = [planSchemaNode];
  let value = plan;
  for (const key of path) {
    nodes = nodes.flatMap((node) => {
      const child = typeof key === "number" ? node.items : node.properties?.[String(key)];
      return isNode(child) ? [child] : [];
    });
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    const here = value;
    nodes = nodes.flatMap((node) => forms(node, here));
  }
  return nodes;
}

/** A node's alternative forms: those whose constants the value has, or all where it has none of them. */
function forms(node: Node, value: unknown): Node[] {
  const all = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].filter(isNode);
  if (all.length === 0) return [node];
  const chosen = all.filter((form) =>
    Object.entries(form.properties ?? {}).some(
      ([key, property]) =>
        isNode(property) &&
        property.const !== undefined &&
        typeof value === "object" &&
        value !== null &&
        Reflect.get(value, key) === property.const,
    ),
  );
  const { anyOf, oneOf, ...own } = node;
  return [own, ...(chosen.length > 0 ? chosen : all)];
}

function isNode(node: unknown): node is Node {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}

/** Levenshtein distance. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, character] of [...one].entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at++)
      next.push(
        Math.min(
          (row[at + 1] ?? 0) + 1,
          (next[at] ?? 0) + 1,
          (row[at] ?? 0) + (other[at] === character ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}
