import { type StageName, stages } from "../plan/index.js";
import { counted, duration, listed } from "../report/words.js";
import { formerTtl } from "./clocks.js";
import type { Status, WaveStatusLine } from "./model.js";

/** What the next step follows from. */
export interface Facts extends Pick<Status, "stage" | "waves" | "totals" | "mail" | "clocks" | "failures"> {
  readonly pending: number;
  readonly blocked: readonly string[];
  /** What the present stage still waits for, as a sentence. */
  readonly unfinished: string | undefined;
  /** Gates that are not asked. */
  readonly waived: readonly string[];
}

/** What to do next, the most urgent first. Pure. */
export function nextSteps(facts: Facts): string[] {
  const { stage, waves, mail, clocks, failures, pending, blocked, unfinished } = facts;
  if (stage === null) return ["Run pulumi up at stage prepare."];
  const following = stages[stages.indexOf(stage) + 1];
  const running = clocks.filter(({ over }) => !over);
  const deadline = running.find((clock) => clock.deadline);
  // The former TTL keeps nobody from the stages before route.
  const wait = running.find(
    (clock) => !clock.deadline && (clock.name !== formerTtl || following === "route"),
  );
  const copying = waves.filter(({ status }) => status === "Syncing");
  const failed = failures.reduce((all, group) => all + group.count, 0);
  const open = stage === "migrate" || stage === "route" ? openWaves(waves) : [];
  return [
    pending > 0 &&
      `An update was killed: run pulumi cancel, then pulumi refresh --clear-pending-creates (${counted(pending, "operation")} pending).`,
    ...blocked.map((reason) => `${reason.replace(/\.$/, "")}.`),
    deadline !== undefined && `${deadline.name}: ${duration(deadline.left)} left; ${deadline.meaning}.`,
    mail.goesTo === "elsewhere" &&
      "The MX points somewhere the migration does not know: find out who changed it.",
    failed > 0 &&
      `Mend ${counted(failed, "failure")} (${counted(failures.length, "cause")}) and raise retryFailed of the waves.`,
    copying.length > 0 &&
      `Run pulumi up again when ${names(copying)} ${copying.length === 1 ? "has" : "have"} been copied.`,
    ...open,
    wait !== undefined && `Wait ${duration(wait.left)}: ${wait.meaning}.`,
    unfinished !== undefined && wait === undefined && `Run pulumi up again: ${unfinished}.`,
    following !== undefined &&
      unfinished === undefined &&
      copying.length === 0 &&
      wait === undefined &&
      open.length === 0 &&
      isReady(stage, facts) &&
      `Set stage: ${following} in the plan, review it and run pulumi up.`,
    stage === "complete" && "Work through what is left to people: pulumi stack output decommission.",
  ].filter((step) => step !== false);
}

/** Phases that are still to be set: waves that wait to be started, and copied ones that are still mailboxes on premises. */
function openWaves(waves: readonly WaveStatusLine[]): string[] {
  const created = waves.filter(({ phase }) => phase === "created");
  const copied = waves.filter(
    ({ phase, status, synced }) => phase === "started" && status !== "Syncing" && synced > 0,
  );
  return [
    ...(created.length === 0
      ? []
      : [`Set phase: started of ${names(created)} in the plan, review it and run pulumi up.`]),
    ...(copied.length === 0
      ? []
      : [`Set phase: converted of ${names(copied)} in the plan, review it and run pulumi up.`]),
  ];
}

/** Whether nothing that the next stage asks for is known to be missing. */
function isReady(stage: StageName, { totals, waived }: Facts): boolean {
  return stage !== "migrate" || totals.synced >= totals.mailboxes || waived.includes("batches-synced");
}

const names = (waves: readonly WaveStatusLine[]) => listed(waves.map(({ wave }) => wave));
