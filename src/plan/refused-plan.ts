import type { z } from "zod";
import { defined } from "../base/defined.js";
import type { Problem } from "../base/problem.js";
import { isSecretProperty } from "../base/secret-names.js";
import { counted } from "../base/words.js";
import type { Inconsistency } from "./rules-between-fields.js";
import { fieldAt, nearest } from "./schema-lookup.js";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * What zod found, as problems: each at its path, in words of the plan, with what the field is where it is missing and
 * the nearest name where one is not known. A value of the plan is never repeated: a secret may have been put there.
 */
export function fieldProblems(issues: readonly Issue[], plan: unknown, source: string): Problem[] {
  return issues.flatMap((issue) => issueProblems(issue, [], plan, source));
}

/** The rules between fields that are broken, as problems: codes `plan-<rule>`. */
export function ruleProblems(broken: readonly Inconsistency[], source: string): Problem[] {
  return broken.map(({ rule, path, message }) => ({
    code: `plan-${rule}`,
    subject: subjectOf(source, path),
    reason: message,
  }));
}

function issueProblems(issue: Issue, base: Path, plan: unknown, source: string): Problem[] {
  const path = [...base, ...issue.path];
  const value = valueAt(plan, path);
  const problem = (code: string, reason: string, hint?: string): Problem[] => [
    { code, subject: subjectOf(source, path), reason, ...defined({ hint }) },
  ];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownKey(key, path, plan, subjectOf(source, [...path, key])));
  if (value === undefined || value === null) return problem("plan-missing", ...missing(path, plan));
  switch (issue.code) {
    case "invalid_type":
      return problem("plan-wrong-type", ...wrongType(issue, value));
    case "invalid_value":
      return problem("plan-not-allowed", ...notAllowed(issue.values.map(String), value));
    case "invalid_union":
      if (issue.errors.length === 0)
        return problem("plan-not-allowed", ...notAllowed(fieldAt(path, plan).values, value));
      return typeof value !== "object" || Array.isArray(value)
        ? problem("plan-wrong-type", `must be a mapping, not ${typeOf(value)}`)
        : Object.keys(value).length === 0
          ? problem("plan-missing", ...missing(path, plan))
          : meantForm(issue.errors).flatMap((inner) => issueProblems(inner, path, plan, source));
    case "too_small":
      return problem("plan-out-of-range", outOfRange(issue, "at least", issue.minimum));
    case "too_big":
      return problem("plan-out-of-range", outOfRange(issue, "at most", issue.maximum));
    default:
      return problem("plan-format", issue.message);
  }
}

/** A field that is missing, or a mapping that is empty: what it is, and what it may be. */
function missing(path: Path, plan: unknown): [reason: string, hint?: string] {
  const { summary, values } = fieldAt(path, plan);
  const reason = summary === undefined ? "is missing" : `is missing: ${lowerFirst(summary)}`;
  return values.length === 0 ? [reason] : [reason, `One of ${values.join(", ")}`];
}

/** The form of a union that was meant: the one that knows most of the plan's keys. */
function meantForm(forms: readonly (readonly Issue[])[]): readonly Issue[] {
  const foreign = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 0), 0);
  const [meant] = forms.toSorted((one, other) => foreign(one) - foreign(other) || one.length - other.length);
  return meant ?? [];
}

function unknownKey(key: string, path: Path, plan: unknown, subject: string): Problem {
  const code = "plan-unknown-key";
  const { forms } = fieldAt(path, plan);
  const allowed = [...new Set(forms.flat())];
  if (allowed.includes(key)) {
    const hint = `Give either ${forms.map((keys) => keys.join(", ")).join("; or ")}`;
    return { code, subject, reason: "does not go together with the other keys beside it", hint };
  }
  const reason = "is not a key of the plan";
  const suggestion = nearest(key, allowed);
  if (suggestion !== undefined) return { code, subject, reason, hint: `Perhaps ${suggestion} is meant` };
  const hint = isSecretProperty(key)
    ? "Secrets never stand in the plan: use pulumi config set --secret, or the environment"
    : `The keys here are ${allowed.join(", ")}`;
  return { code, subject, reason, hint };
}

/** In YAML an unquoted 2003 is a number and an unquoted NO a boolean. */
function wrongType(
  issue: Extract<Issue, { code: "invalid_type" }>,
  value: unknown,
): [reason: string, hint?: string] {
  const expected = typeNames[issue.expected] ?? `a ${issue.expected}`;
  if (issue.expected === "int" && typeof value === "number") return ["must be a whole number"];
  const reason = `must be ${expected}, not ${typeOf(value)}`;
  return issue.expected === "string" && typeof value !== "object" ? [reason, "Put it in quotes"] : [reason];
}

function notAllowed(allowed: readonly string[], value: unknown): [reason: string, hint?: string] {
  const reason = `must be ${allowed.length === 1 ? "" : "one of "}${allowed.join(", ")}`;
  if (typeof value === "number" && allowed.includes(String(value))) return [reason, "Put it in quotes"];
  const suggestion = typeof value === "string" ? nearest(value, allowed) : undefined;
  return suggestion === undefined ? [reason] : [reason, `Perhaps ${suggestion} is meant`];
}

function outOfRange(issue: Issue, bound: string, limit: number | bigint): string {
  // A message of our own says more than the bound.
  if (issue.message.startsWith("must ")) return issue.message;
  const unit = "origin" in issue && issue.origin === "string" ? " characters" : "";
  if (unit !== "" && bound === "at least" && limit === 1) return "must not be empty";
  if ("origin" in issue && issue.origin === "array")
    return `must have ${bound} ${counted(Number(limit), "entry", "entries")}`;
  return `must be ${bound} ${limit}${unit}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeNames[typeof value] === "true or false"
    ? "a boolean"
    : (typeNames[typeof value] ?? typeof value);
}

function valueAt(plan: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    plan,
  );
}

/** `mailstage:plan.waves[1].name`; a key that is no plain word is quoted. */
function subjectOf(source: string, path: Path): string {
  return path.reduce<string>((subject, key) => {
    if (typeof key === "number") return `${subject}[${key}]`;
    const text = String(key);
    return /^[\w-]{1,64}$/.test(text)
      ? `${subject}.${text}`
      : `${subject}[${JSON.stringify(text.slice(0, 64))}]`;
  }, source);
}

/** A description goes on a sentence, unless it starts with a name. */
function lowerFirst(text: string): string {
  return /^(?:An?|The|How|Where|Whom|Why|Name|Base|TTLs?) /.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
