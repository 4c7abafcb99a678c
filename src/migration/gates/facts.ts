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
    return `${gate}: ${own.length - open} facts in order${open > 0 ? `, ${open} not judged` : ""}`;
  });
}
