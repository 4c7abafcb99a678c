import { CommanderError } from "commander";
import { describeProblem, MailstageError } from "../base/problem.js";

/** Exit codes of the command line: 0 success, 1 failure, 2 wrong usage, 130 ended by Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Ended by Ctrl-C or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The exit code of a failure and what to print of it: problems without a stack, a defect of ours with one. */
export function describeFailure(thrown: unknown): { code: ExitCode; text: string } {
  // commander has printed its own message.
  if (thrown instanceof CommanderError) return { code: thrown.exitCode === 0 ? 0 : 2, text: "" };
  if (thrown instanceof Interrupted) return { code: 130, text: "interrupted" };
  if (thrown instanceof MailstageError)
    return {
      code: 1,
      text: thrown.problems.map((problem) => `error: ${describeProblem(problem)}`).join("\n"),
    };
  if (thrown instanceof Error)
    return { code: 1, text: `error: ${thrown.stack ?? thrown.message}\nThis is a defect of mailstage.` };
  return { code: 1, text: `error: ${String(thrown)}` };
}
