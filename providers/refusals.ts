import type { dynamic } from "@pulumi/pulumi";
import type { Adopting } from "../src/base/adoption.js";
import { describeProblem, MailstageError } from "../src/base/problem.js";
import { severityLabel, wrapped } from "../src/base/wrapped.js";
import { withinGrace } from "./interruption.js";

/** How long the words are with which the engine names a resource before a failure of its check, columns at most. */
const resourceNamed = 110;

/** Saved as it is, with its reasons: Pulumi calls update on the next `pulumi up`. */
export class Blocked extends Error {
  readonly reasons: string[];

  constructor(
    readonly id: string,
    readonly properties: object,
    reasons: readonly string[],
  ) {
    super(reasons.join("\n"));
    this.reasons = reasons.map((reason) => wrapped(reason, severityLabel));
  }
}

/** A failure reported on purpose: the plugin also prints errors with their stacks on the stack's row, where this adds a pointer only. */
class Refused extends Error {
  override toString(): string {
    return "mailstage";
  }
  override stack = "see the error of the resource";
}

/**
 * A refusal of `check` becomes one failure a problem, shown on the resource's row. The failures name no property: the
 * engine would print its value, secret or not.
 */
export async function refusals<T>(
  work: () => Promise<T> | undefined,
  adopting: Adopting | undefined,
): Promise<{ value?: T | undefined; failures: dynamic.CheckFailure[] }> {
  try {
    return { value: await work(), failures: [] };
  } catch (thrown) {
    if (!(thrown instanceof MailstageError)) throw thrown;
    // Others are looked at all the same, so that all that differs is told at once; nothing is adopted then.
    if (adopting !== undefined) {
      adopting.differs(...thrown.problems);
      return { failures: [] };
    }
    return {
      failures: thrown.problems.map((problem) => ({
        property: "",
        reason: wrapped(describeProblem(problem), resourceNamed),
      })),
    };
  }
}

/** Runs a look at what could be adopted; what ends it is told with all differences that were found before. */
export async function reportingDifferences<T>(adopting: Adopting, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof MailstageError) adopting.differs(...thrown.problems);
    throw thrown;
  }
}

/** Errors reach the user as a message without a stack; anything thrown that is no error would hang the engine. Ends soon once the run is stopped. */
export async function withPlainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await withinGrace(work);
  } catch (thrown) {
    if (thrown instanceof Blocked) throw thrown;
    if (thrown instanceof MailstageError) throw new Refused(wrapped(thrown.message, severityLabel));
    throw thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
