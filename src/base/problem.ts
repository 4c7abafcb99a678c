import { printable } from "./printable.js";
import { withoutSecrets } from "./redaction.js";
import { counted } from "./words.js";

export { printable } from "./printable.js";

/**
 * What went wrong, as data first: rendered as text in one place, `describeProblem`.
 * A problem never carries a secret: callers pass names and reasons, not bodies.
 */
export interface Problem {
  /** Stable, kebab-case, for tests and pipelines: `csv-column-count`, `batch-differs`. */
  readonly code: string;
  /** The object that is wrong: `mailboxes/wave1.csv:12`, `batch wave1`, `MX contoso.com`. */
  readonly subject: string;
  /** What is wrong with it, one sentence without a full stop. */
  readonly reason: string;
  /** What to do next, one sentence without a full stop. */
  readonly hint?: string;
  /** The operation that failed, as the service names it: `New-MigrationBatch`, `POST /domains`. */
  readonly operation?: string;
  /** HTTP status, LDAP result code or DNS rcode, where there was one. */
  readonly status?: number | string;
  /** The service's own id of the request, for a support case. */
  readonly requestId?: string;
}

/**
 * One problem as one line: subject, cause, what to do. No secret that was noted is in it, and no control character, whoever
 * put it into a reason.
 */
export function describeProblem(problem: Problem): string {
  const origin = [problem.operation, problem.status, problem.requestId && `request ${problem.requestId}`]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
  return printable(
    withoutSecrets(
      `${problem.subject}: ${problem.reason}${origin && ` (${origin})`}.` +
        (problem.hint === undefined ? "" : ` ${problem.hint}.`),
    ),
  );
}

/** Every failure mailstage reports on purpose. Its message lists all problems; a user's mistake shows no stack. */
export class MailstageError extends Error {
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: Problem | readonly [Problem, ...Problem[]], options?: { cause?: unknown }) {
    const list: readonly [Problem, ...Problem[]] = "code" in problems ? [problems] : problems;
    super(
      list.length === 1
        ? describeProblem(list[0])
        : `${counted(list.length, "problem")}:\n${list.map((problem) => `  - ${describeProblem(problem)}`).join("\n")}`,
      options,
    );
    this.name = "MailstageError";
    this.problems = list;
  }

  /** The code of the first problem: enough for a `catch` that knows one kind of failure. */
  get code(): string {
    return this.problems[0].code;
  }
}

/** Throws all problems at once, or returns when there are none. */
export function throwIfAny(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new MailstageError([first, ...rest]);
}
