import * as pulumi from "../../providers/sdk.js";
import { describeProblem } from "../../src/base/problem.js";
import { type NativeHostName, sdkProblems } from "../../src/dns/hosts/index.js";

/**
 * Loads the SDK of a DNS host's provider, which only those install who have their zone there (157 MB for both).
 * @param load a plain `require` of it, so that only the plan's host is loaded
 * @param problemsOf what is missing for a host beside mailstage
 * @throws pulumi.RunError where it is not installed, with how to
 */
export function sdkOf<Sdk>(
  host: NativeHostName,
  load: () => Sdk,
  problemsOf: typeof sdkProblems = sdkProblems,
): Sdk {
  try {
    return load();
  } catch (error) {
    const [problem] = problemsOf(host);
    // One that is there and fails says why itself.
    if (problem === undefined) throw error;
    throw new pulumi.RunError(describeProblem(problem));
  }
}
