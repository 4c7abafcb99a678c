/** In facts that a gate could not find out about, which shuts nothing. */
const unjudged = /\bnot judged\b/;

/**
 * What was found in order, a line a gate: a gate's only fact as it is, of several how many. `mailstage check` and the review
 * show each, and so does a run with MAILSTAGE_VERBOSE set.
 * @param facts `gate: fact`, as a gate's report has them
 */
export function foldFacts(facts: readonly string[]): string[] {
  const gateOf = (line: string) => line.split(": ", 1)[0] ?? line;
  return [...Map.groupBy(facts, gateOf)].map(([gate, own]) => {
    const [only = gate] = own;
    if (own.length <= 1) return only;
    const open = own.filter((line) => unjudged.test(line)).length;
    return `${gate}: ${own.length - open} facts in order${open > 0 ? `, ${open} not judged` : ""}`;
  });
}
