import { stringify } from "csv-stringify/sync";
import { describeProblem, type Problem } from "../base/problem.js";
import { type ConversionOptions, conversionCsv } from "../on-premises/directory/index.js";
import { type Owner, ownFile, writeOwn } from "./own-files.js";
import type { ConversionSurvey, SurveyedUser } from "./who-is-converted.js";

/** How one address of a wave stands after an update. */
export interface ConversionOutcome {
  readonly address: string;
  readonly outcome: "converted" | "already" | "waiting" | "skipped" | "failed";
  /** Why, where it is not converted. */
  readonly detail: string;
}

/**
 * Writes the wave's report, one row an address, and the `cloud.csv` of Microsoft's scripts for its converted users:
 * `.mailstage/reports/<stack>/<wave>-conversion.csv` and `<wave>-cloud.csv` under the project.
 * @returns their paths relative to the project
 */
export function writeConversionReports(
  owner: Owner,
  wave: string,
  outcomes: readonly ConversionOutcome[],
  cloud: { readonly users: readonly SurveyedUser[]; readonly flavour: ConversionOptions["flavour"] },
): { report: string; cloudCsv: string } {
  const report = ownFile(owner, "reports", `${wave}-conversion.csv`);
  const cloudCsv = ownFile(owner, "reports", `${wave}-cloud.csv`);
  const rows = outcomes.map(({ address, outcome, detail }) => [address, outcome, detail]);
  writeOwn(
    owner,
    report,
    stringify([["EmailAddress", "Outcome", "Detail"], ...rows], { escape_formulas: true }),
  );
  writeOwn(
    owner,
    cloudCsv,
    conversionCsv(
      cloud.users.map(({ mailbox }) => mailbox),
      cloud.flavour,
    ),
  );
  return { report, cloudCsv };
}

/** How every address of the wave stands, in one list for the report. */
export function outcomesOf(
  found: ConversionSurvey,
  open: readonly SurveyedUser[],
  failed: readonly Problem[],
): ConversionOutcome[] {
  const written = new Set(open.map(({ address }) => address));
  const failures = new Map(failed.map((problem) => [problem.subject, problem]));
  const skipped = new Set(found.problems.map(({ subject }) => subject));
  const users = found.users.flatMap(({ address }): ConversionOutcome | [] => {
    if (skipped.has(address)) return [];
    const failure = failures.get(address);
    if (failure !== undefined) return { address, outcome: "failed", detail: describeProblem(failure) };
    return { address, outcome: written.has(address) ? "converted" : "already", detail: "" };
  });
  return [
    ...users,
    ...found.problems.map(
      (problem): ConversionOutcome => ({
        address: problem.subject,
        outcome: "skipped",
        detail: describeProblem(problem),
      }),
    ),
    ...found.waiting.map(
      (address): ConversionOutcome => ({
        address,
        outcome: "waiting",
        detail: "its mailbox is not synced yet",
      }),
    ),
  ].sort((left, right) => (left.address < right.address ? -1 : 1));
}
