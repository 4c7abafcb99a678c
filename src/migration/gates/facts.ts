import { counted } from "../../base/words.js";

/** In facts that a gate could not find out about, which shuts nothing. */
const unjudged = /\bnot judged\b/;

/** Columns of a line that a run prints. */
const columns = 140;

/**
 * What was found in order, a line a gate: its facts where they fit, else how many there are. `mailstage check` and the review
 * show each, and so does a run with MAILSTAGE_VERBOSE set.
 * @param facts `gate: fact`, as a gate's report has them
 */
export function foldFacts(facts: readonly string[]): string[] {
  const gateOf = (line: string) => line.split(": ", 1)[0] ?? line;
  return [...Map.groupBy(facts, gateOf)].map(([gate, own]) => {
    const line = `${gate}: ${own.map((fact) => fact.slice(gate.length + 2)).join("; ")}`;
    if (own.length === 1 || line.length <= columns) return line;
    const open = own.filter((fact) => unjudged.test(fact)).length;
    return `${gate}: ${counted(own.length - open, "fact")} in order${open > 0 ? `, ${open} not judged` : ""}`;
  });
}

/**
 * What a run prints of a stage that may be entered. An update says in one line what its preview has said at length: nobody reads the
 * facts twice, and after `--skip-preview` state has them.
 * @param waive the plan's waivers: what was not asked besides can only be known once more is made
 */
export function enteredMessage(
  { stage, waive }: { readonly stage: string; readonly waive: readonly { readonly gate: string }[] },
  found: {
    readonly facts: readonly string[];
    readonly met: readonly string[];
    readonly waived: readonly string[];
  },
  { dryRun, verbose }: { readonly dryRun: boolean; readonly verbose: boolean },
): string {
  const { facts, met, waived } = found;
  const head = `stage ${stage} may be entered`;
  if (!dryRun && !verbose)
    return `${head}: ${counted(met.length, "gate")} in order${waived.length === 0 ? "" : `, ${waived.length} waived`}`;
  const byPlan = (line: string) => waive.some(({ gate }) => line.startsWith(`${gate}: `));
  const others = waived.map((line) => `${byPlan(line) ? "waived" : "not asked"}: ${line}`);
  return [head, ...(verbose ? facts : foldFacts(facts)), ...others].join("\n  ");
}
