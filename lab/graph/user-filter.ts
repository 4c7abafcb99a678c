import { badRequest } from "./graph-error.js";

type Row = Readonly<Record<string, unknown>>;

/** Properties of a user that Graph lets a filter ask for, of those the lab knows. */
const filterable = [
  "id",
  "userPrincipalName",
  "mail",
  "displayName",
  "usageLocation",
  "accountEnabled",
  "onPremisesSyncEnabled",
];
const clausesAtMost = 15;

/** Reads `$filter` of users: `eq`, `in` and `startsWith`, joined by `and` or `or` without brackets. Throws GraphRefusal. */
export function parseUserFilter(text: string): (row: Row) => boolean {
  const any = text.split(/\s+or\s+/i).map((part) => part.split(/\s+and\s+/i).map(parseClause));
  if (any.length > clausesAtMost)
    throw badRequest(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${any.length}. Max allowed: ${clausesAtMost}.`,
    );
  return (row) => any.some((all) => all.every((clause) => clause(row)));
}

function parseClause(text: string): (row: Row) => boolean {
  const clause = text.trim();
  const starts = /^startsWith\(\s*(\w+)\s*,\s*'((?:[^']|'')*)'\s*\)$/i.exec(clause);
  if (starts !== null) {
    const [property, wanted] = [filterableName(starts[1]), literal(starts[2])];
    return (row) =>
      String(row[property] ?? "")
        .toLowerCase()
        .startsWith(wanted);
  }
  const list = /^(\w+)\s+in\s+\((.*)\)$/i.exec(clause);
  if (list !== null) {
    const property = filterableName(list[1]);
    const wanted = [...(list[2] ?? "").matchAll(/'((?:[^']|'')*)'/g)].map((match) => literal(match[1]));
    if (wanted.length === 0 || wanted.length > clausesAtMost)
      throw badRequest(
        `Too many child clauses specified in search filter expression: ${wanted.length}. Max allowed: ${clausesAtMost}.`,
      );
    return (row) => wanted.includes(String(row[property] ?? "").toLowerCase());
  }
  const equal = /^(\w+)\s+eq\s+(?:'((?:[^']|'')*)'|(true|false|null))$/i.exec(clause);
  if (equal === null) throw badRequest(`Invalid filter clause: '${clause}' is not understood.`);
  const property = filterableName(equal[1]);
  const word = equal[3]?.toLowerCase();
  if (word === "null") return (row) => row[property] === null;
  const wanted = word ?? literal(equal[2]);
  return (row) => String(row[property] ?? "").toLowerCase() === wanted;
}

function filterableName(property: string | undefined): string {
  const name = filterable.find((other) => other.toLowerCase() === property?.toLowerCase());
  if (name === undefined)
    throw badRequest(
      `Unsupported or invalid query filter clause specified for property '${property}' of resource 'User'.`,
    );
  return name;
}

function literal(quoted: string | undefined): string {
  return (quoted ?? "").replaceAll("''", "'").toLowerCase();
}
