import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gatesOf } from "../../src/migration/gates/index.js";
import { type PlanInput, planJsonSchema, type StageName, stages } from "../../src/plan/index.js";
import { contracts } from "../../src/state/index.js";
import type { Step } from "../engine/events.js";
import type { Run } from "../engine/stack.js";

/** What walks have come by, counted: `resource`, `gate`, `refusal`, `option` or `command`, then what it was. */
export class Visits {
  readonly #counts = new Map<string, number>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  addAll(others: Iterable<readonly [string, number]>): void {
    for (const [what, times] of others) this.add(what, times);
  }

  /** What a command of the engine did, by the plan that it had. */
  ran(run: Run, plan: PlanInput, reached: StageName | undefined): void {
    for (const step of run.steps) this.#stepped(step, reached);
    // What a check refuses has no step.
    for (const { severity, urn = "" } of run.diagnostics) {
      if (severity !== "error") continue;
      const { kind, name } = kindOf(urn);
      if (kind !== undefined) this.add(`resource ${kind} × refused`);
      if (kind === "Gate") this.add(`gate ${name.replace(/^.*-(?=[a-z]+$)/, "")} × refused`);
    }
    const told = ofOneOrMany(run.diagnostics.map(({ message }) => message).join("\n"));
    for (const { code, said } of refusals()) if (said.test(told)) this.add(`refusal ${code}`);
    for (const option of optionsIn(plan)) this.add(`option ${option} × ${plan.stage}`);
  }

  #stepped(
    { op, failed, type, oldOutputs, newOutputs, newInputs }: Step,
    reached: StageName | undefined,
  ): void {
    const kind = kinds.find((name) => type.endsWith(`:${name}`));
    if (kind === undefined) return;
    const verb = failed ? `${op} failed` : op;
    this.add(`resource ${kind} × ${verb}`);
    this.add(
      `former ${kind} × ${verb} × ${Object.keys(oldOutputs).length === 0 ? "absent" : (reached ?? "nothing")}`,
    );
    if (kind !== "Gate") return;
    const stage = stages.find((name) => name === (newInputs["stage"] ?? oldOutputs["stage"]));
    if (stage === undefined) return;
    if (op === "same") return;
    for (const verdict of ["met", "waived"] as const) {
      const said = newOutputs[verdict];
      if (!Array.isArray(said)) continue;
      for (const gate of gatesOf(stage))
        if (said.some((one) => String(one).startsWith(gate))) this.add(`gate ${stage} ${gate} × ${verdict}`);
    }
  }

  /** A line for each kind of visit, with what was never visited where there is a whole to compare with. */
  told(): string[] {
    const kindsOfVisit: [string, readonly string[]][] = [
      ["resource", kinds.flatMap((kind) => verbs.map((verb) => `resource ${kind} × ${verb}`))],
      [
        "gate",
        stages.flatMap((stage) => [
          ...gatesOf(stage).flatMap((gate) => [
            `gate ${stage} ${gate} × met`,
            `gate ${stage} ${gate} × waived`,
          ]),
          ...(gatesOf(stage).length > 0 ? [`gate ${stage} × refused`] : []),
        ]),
      ],
      ["refusal", [...new Set(refusals().map(({ code }) => `refusal ${code}`))]],
      ["option", options().flatMap((option) => stages.map((stage) => `option ${option} × ${stage}`))],
    ];
    return kindsOfVisit.flatMap(([name, whole]) => {
      const missed = Map.groupBy(whole, (one) =>
        this.#counts.has(one) ? "visited" : (cannot(one) ?? "never"),
      );
      const { length: visited } = missed.get("visited") ?? [];
      const never = missed.get("never") ?? [];
      const short = (some: readonly string[]) => grouped(some.map((one) => one.slice(name.length + 1)));
      return [
        `${name}: visited ${visited} of ${visited + never.length} that a walk can come by`,
        ...(never.length > 0 ? [`  never: ${short(never)}`] : []),
        ...[...missed].flatMap(([why, some]) =>
          why === "visited" || why === "never" ? [] : [`  ${some.length} cannot be, ${why}: ${short(some)}`],
        ),
      ];
    });
  }
}

/** Why no walk can come by it; undefined where one can. */
function cannot(visit: string): string | undefined {
  const [, kind] = /^resource (\w+) × replace$/.exec(visit) ?? [];
  if (kind !== undefined) {
    const { replaceOn } = Object.entries(contracts).find(([name]) => name === kind)?.[1] ?? { replaceOn: [] };
    if (replaceOn.length === 0) return "since nothing replaces it";
    if (replaceOn.every((input) => input === "domain")) return "since another domain in the plan is refused";
    if (replaceOn.every((input) => input === "wave"))
      return "since a wave of another name is another resource";
  }
  const [, code] = /^refusal (.*)$/.exec(visit) ?? [];
  if (code !== undefined && ownCommands.test(code)) return "since no command of Pulumi's says it";
  if (code !== undefined && ownPrograms.test(code))
    return "since the program is mailstage's own, in its place";
  const sources = refusals().flatMap((one) => (one.code === code ? [one.source] : []));
  if (sources.length > 0 && sources.every((source) => elsewhere.test(source)))
    return "since no command of Pulumi's says it";
  if (/^option (tenant\.cloud|dns\.(server|subscriptionId|resourceGroup|zoneId)\b)/.test(visit))
    return "since it is the lab's";
  return undefined;
}

/** What the CLI, `mailstage adopt`, a review, the policy pack or the lab says: these have tests of their own. */
const ownCommands = /^(?:adopt|restore)-/;
/** What a program that declares a migration itself can do wrong, or where it lies. */
const ownPrograms =
  /^(?:migration-second|plan-(?:file-unreadable|missing|not-plain)|project-root-.*|stack-exports-nothing)$/;
const elsewhere = /^(src\/cli|src\/reports|src\/migration\/adopt|lab|policy|bench)\//;

/** `a × x, a × y, b × x` as `a (x, y), b (x)`. */
function grouped(pairs: readonly string[]): string {
  const groups = Map.groupBy(pairs, (pair) => pair.split(" × ")[0] ?? pair);
  return [...groups]
    .map(([head, members]) => {
      const tails = members.map((member) => member.split(" × ")[1]).filter((tail) => tail !== undefined);
      return tails.length === stages.length
        ? `${head} (all)`
        : tails.length === 0
          ? head
          : `${head} (${tails.join(", ")})`;
    })
    .join("; ");
}

const kinds = Object.keys(contracts);
const verbs = ["create", "update", "replace", "delete", "same", "refresh", "refused"];

/** Kind and name of a resource of ours. */
function kindOf(urn: string): { readonly kind: string | undefined; readonly name: string } {
  const [, , type = "", name = ""] = urn.split("::");
  return { kind: kinds.find((one) => type.endsWith(`:${one}`)), name };
}

interface Refusal {
  readonly code: string;
  /** The file that says it. */
  readonly source: string;
  readonly said: RegExp;
}

/** What mailstage refuses, by the table of docs/errors.md: the code, and what a message of it looks like. */
function refusals(): readonly Refusal[] {
  table ??= readFileSync(resolve(__dirname, "../../docs/errors.md"), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, code, wrong = "", source = ""] =
        /^\| `([a-z0-9-]+)` \| (.+?) \| .*\| `([^`]+)` \|$/.exec(line) ?? [];
      const parts = wrong.split(" / ").flatMap((one) => {
        const words = one.split("…").filter((part) => part.trim().length > 3);
        return words.length === 0 ? [] : [words.map((word) => escaped(ofOneOrMany(word))).join("[^\\n]*")];
      });
      return code === undefined || parts.length === 0
        ? []
        : [{ code, source, said: new RegExp(parts.join("|")) }];
    });
  return table;
}
let table: readonly Refusal[] | undefined;

const plural: Readonly<Record<string, string>> = {
  is: "are",
  was: "were",
  has: "have",
  does: "do",
  its: "their",
};

/** A text in which one and many read alike: the table has what is counted as many, and a walk has mostly one. */
const ofOneOrMany = (text: string) =>
  text.replace(/[a-z]+/g, (word) => plural[word] ?? word.replace(/(?<=ss|x|ch)es$|(?<=[^s])s$/, ""));
const escaped = (text: string) => text.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The options that a plan gives, by path; of a list, what its members have. */
function optionsIn(value: unknown, path = ""): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((member) => [...optionsIn(member, `${path}[]`)]));
  if (!isObject(value)) return new Set([path]);
  return new Set(
    Object.entries(value).flatMap(([key, member]) => [
      ...optionsIn(member, path === "" ? key : `${path}.${key}`),
    ]),
  );
}

/** All options that a plan can give, by its JSON schema. */
function options(): string[] {
  return [...new Set(leaves(planJsonSchema(), ""))];
}
function leaves(schema: unknown, path: string): string[] {
  if (!isObject(schema)) return [];
  const under = (key: string) => (path === "" ? key : `${path}.${key}`);
  const { properties, items } = schema;
  const choices = [schema["anyOf"], schema["oneOf"], schema["allOf"]].flatMap((one) =>
    Array.isArray(one) ? one : [],
  );
  const found = [
    ...(isObject(properties)
      ? Object.entries(properties).flatMap(([key, one]) => leaves(one, under(key)))
      : []),
    ...(items === undefined ? [] : leaves(items, `${path}[]`)),
    ...choices.flatMap((choice) => leaves(choice, path)),
  ];
  return found.length === 0 && path !== "" ? [path] : found;
}
