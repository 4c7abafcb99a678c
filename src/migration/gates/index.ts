import { describeProblem, MailstageError, type Problem } from "../../base/problem.js";
import { type GateName, type StageName, stages } from "../../plan/index.js";
import { askCoexistence } from "./coexistence.js";
import { askMxObserved, askMxTtlExpired, autodiscoverProblems } from "./mail-routing.js";
import { askAddressesKnown, askMailboxesListed } from "./mailboxes.js";
import {
  type GateAnswer,
  type GateQuestion,
  type GateReach,
  type GateSubject,
  gateQuestion,
} from "./reads-of-gates.js";
import { askPermissions, askPreflight, askUnifiedMessaging } from "./source.js";
import { askStacksApplied } from "./stacks.js";
import { askDirectorySynchronized, askDomainVerified, askEndpointTested } from "./tenant.js";
import {
  askBatchesSynced,
  askLicensesAssigned,
  askMailboxesConverted,
  askSwitch72h,
  askSyncedAfterSwitch,
} from "./waves.js";

export type { Waiver } from "../../plan/run.js";
export { stillGuarded } from "./asked-again.js";
export { enteredMessage, foldFacts } from "./facts.js";
export type { GateReach, GateSubject } from "./reads-of-gates.js";

type Ask = (question: GateQuestion) => Promise<GateAnswer>;

/** The preconditions of each stage, asked on the way in. */
const gates: Record<StageName, Partial<Record<GateName, Ask>>> = {
  prepare: {
    preflight: askPreflight,
    "addresses-known": askAddressesKnown,
    permissions: askPermissions,
    "unified-messaging": askUnifiedMessaging,
  },
  verify: {},
  connect: { "domain-verified": askDomainVerified, "directory-synchronized": askDirectorySynchronized },
  migrate: {
    "endpoint-tested": askEndpointTested,
    coexistence: askCoexistence,
    "directory-synchronized": askDirectorySynchronized,
  },
  route: {
    "stacks-applied": askStacksApplied,
    "domain-verified": askDomainVerified,
    "mailboxes-listed": askMailboxesListed,
    "batches-synced": askBatchesSynced,
    "mx-ttl-expired": askMxTtlExpired,
  },
  retire: {
    "stacks-applied": askStacksApplied,
    "mx-observed": askMxObserved,
    "mx-switch-72h": askSwitch72h,
    "synced-after-switch": askSyncedAfterSwitch,
    "mailboxes-listed": askMailboxesListed,
    "batches-synced": askBatchesSynced,
    "mailboxes-converted": askMailboxesConverted,
  },
  complete: {
    "stacks-applied": askStacksApplied,
    "mx-observed": askMxObserved,
    "licenses-assigned": askLicensesAssigned,
  },
};

/** What a stage cannot do without, so that it has no waiver. */
const indispensable: Partial<Record<StageName, (question: GateQuestion) => Promise<Problem[]>>> = {
  complete: autodiscoverProblems,
};

/** Names of a stage's preconditions. */
export function gatesOf(stage: StageName): GateName[] {
  return Object.keys(gates[stage]).flatMap((name) => (isGate(name) ? [name] : []));
}

const names = new Set<string>(stages.flatMap((stage) => Object.keys(gates[stage])));
const isGate = (name: string): name is GateName => names.has(name);

/** What the way into a stage found. */
export interface GateReport {
  /** Facts that were in order, by gate. */
  readonly facts: readonly string[];
  /** Names of the gates that were asked and are open. */
  readonly met: readonly GateName[];
  /** What does not close a gate, but wants looking at, by gate. */
  readonly warnings: readonly string[];
  /** Gates that were not asked, with the plan's reason. */
  readonly waived: readonly string[];
  /** When it was asked, by the service's clock. */
  readonly askedAt: Date;
}

/** Gates that are asked although they are waived: who is left out is for a reviewer to see, with names. */
const toldWhenWaived: readonly GateName[] = ["mailboxes-listed"];

/** What a waived gate would have refused; one that cannot be asked is no hindrance. */
async function waivedWarnings(
  stage: StageName,
  waivers: ReadonlyMap<string, string>,
  question: GateQuestion,
): Promise<string[]> {
  const told = toldWhenWaived.flatMap((gate) => {
    const ask = gates[stage][gate];
    return ask === undefined || !waivers.has(gate) ? [] : [{ gate, ask }];
  });
  const warnings = told.map(async ({ gate, ask }) => {
    const problems = await ask(question).then(
      (answer) => answer.problems,
      (error: unknown) => {
        if (error instanceof MailstageError) return error.problems;
        throw error;
      },
    );
    return problems.map((problem) => `${gate} (waived: ${waivers.get(gate)}): ${describeProblem(problem)}`);
  });
  return (await Promise.all(warnings)).flat();
}

/**
 * Asks all preconditions of a stage at once, each live. A waived one is not asked, or its refusal becomes a warning.
 * @throws MailstageError with everything that is missing, per mailbox or record, and when to try again
 */
export async function askGates(
  subject: GateSubject,
  waive: readonly { readonly gate: string; readonly reason: string }[],
  reach: GateReach,
): Promise<GateReport> {
  const waivers = new Map(waive.map(({ gate, reason }) => [gate, reason]));
  const question = gateQuestion(subject, reach);
  const asked = Object.entries(gates[subject.stage]).filter(([gate]) => !waivers.has(gate));
  try {
    const [answers, missing, waived] = await Promise.all([
      Promise.allSettled(asked.map(([, ask]) => ask(question))),
      indispensable[subject.stage]?.(question) ?? [],
      waivedWarnings(subject.stage, waivers, question),
    ]);
    const problems: Problem[] = [...missing];
    const facts: string[] = [];
    const warnings = [...waived];
    for (const answer of answers) {
      if (answer.status === "fulfilled") {
        problems.push(...answer.value.problems);
        const named = (line: string) => `${answer.value.gate}: ${line}`;
        facts.push(...answer.value.facts.map(named));
        warnings.push(...(answer.value.warnings ?? []).map(named));
      } else if (answer.reason instanceof MailstageError) problems.push(...answer.reason.problems);
      else throw answer.reason;
    }
    const [first, ...rest] = distinct(problems);
    if (first !== undefined) throw new MailstageError([first, ...rest]);
    return {
      facts,
      met: gatesOf(subject.stage).filter((gate) => !waivers.has(gate)),
      warnings,
      waived: gatesOf(subject.stage).flatMap((gate) =>
        waivers.has(gate) ? [`${gate}: ${waivers.get(gate)}`] : [],
      ),
      askedAt: await reach.session.now(),
    };
  } finally {
    await question.close();
  }
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.subject}\n${problem.reason}`, problem])).values()];
}
