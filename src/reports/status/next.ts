import { are, count, counted, duration, listed, mailboxes, someOf } from "../../base/words.js";
import { keptWithoutLicenseDays } from "../../migration/license-deadlines.js";
import { stages } from "../../plan/index.js";
import { readResource } from "../../state/read-resource.js";
import type { Status, WaveStatusLine } from "./model.js";
import type { StackState } from "./state.js";

/** What is known of a migration where its next step is looked for. */
export interface Facts
  extends Pick<
    Status,
    "stage" | "waves" | "totals" | "mail" | "clocks" | "failures" | "waivers" | "elsewhere" | "domainStack"
  > {
  readonly pending: number;
  readonly blocked: readonly string[];
  /** What the present stage still waits for, as a sentence. */
  readonly unfinished: string | undefined;
}

/** What only another update can bring. */
export function unfinishedOf(state: StackState): string | undefined {
  const verification = state.resources.find(({ kind }) => kind === "DomainVerification");
  if (
    verification !== undefined &&
    readResource("DomainVerification", verification.outputs).verified === false
  )
    return "the domain is not verified yet";
  const open = state.resources.find(
    ({ kind, outputs }) =>
      kind === "DnsObservation" && readResource("DnsObservation", outputs).observedAt === null,
  );
  return open === undefined ? undefined : "the MX is not yet the same on every authoritative server";
}

/** One sentence on top. */
export function summaryOf({ stage, totals, mail, elsewhere, domainStack }: Facts): string {
  if (stage === null) return "The migration has not begun.";
  const copied = `Stage ${stage}: ${count(totals.synced)} of ${mailboxes(totals.mailboxes)} copied${totals.failed > 0 ? `, ${count(totals.failed)} failed` : ""}`;
  if (domainStack !== null) return `${copied}; where mail goes is told by stack ${domainStack}.`;
  const others =
    elsewhere.length === 0 ? "" : `; ${listed(elsewhere)} ${are(elsewhere.length)} in other stacks`;
  const mailText =
    mail.goesTo === "unknown"
      ? "where mail goes is not known"
      : `mail goes ${mail.goesTo === "on premises" ? "to the old servers" : mail.goesTo === "elsewhere" ? "somewhere else" : `to ${mail.goesTo === "both" ? "both sides" : mail.goesTo}`}`;
  if (stage === "complete" && totals.failed === 0)
    return `The migration is complete: ${mailboxes(totals.mailboxes)} ${are(totals.mailboxes)} in Microsoft 365, and ${mailText}.`;
  return `${copied}, and ${mailText}${others}.`;
}

/** What to do now, the most urgent first. */
export function nextSteps(facts: Facts): string[] {
  const { stage, waves, mail, clocks, pending, blocked, unfinished, elsewhere, domainStack } = facts;
  if (stage === null) return ["Run pulumi up at stage prepare."];
  const running = clocks.filter(({ over }) => !over);
  const copying = waves.filter(({ status }) => status === "Syncing");
  const following = stages[stages.indexOf(stage) + 1];
  const deadline = running.find((clock) => clock.deadline);
  // Only what the next stage waits for: the former TTL of the MX is nothing to wait for before route.
  const wait = running.find(({ guards }) => guards !== null && guards === following);
  const ofWaves = waveSteps(facts);
  const lost = waves.flatMap(({ lostLicenses }) => lostLicenses);
  const unrouted =
    (stage === "route" || stage === "retire") && (mail.goesTo === "on premises" || mail.goesTo === "both");
  const ready =
    following !== undefined &&
    unfinished === undefined &&
    copying.length === 0 &&
    ofWaves.length === 0 &&
    lost.length === 0 &&
    wait === undefined &&
    !unrouted;
  return [
    // Every handler looks before it makes, so that no entry has to be cleared; and a refresh would accept what others changed.
    pending > 0 &&
      `An update was killed: run pulumi up again, which takes up what was made (${counted(pending, "operation")} pending); where the stack is locked, pulumi cancel first.`,
    ...blocked.map((reason) => `${reason.replace(/\.$/, "")}.`),
    deadline !== undefined && `${deadline.name}: ${duration(deadline.left)} left; ${deadline.meaning}.`,
    lost.length > 0 &&
      `Run pulumi up --refresh: somebody has taken the licence from ${someOf(lost)}, and it is given again; a mailbox without one is deleted after ${keptWithoutLicenseDays} days.`,
    mail.goesTo === "elsewhere" &&
      "The MX points somewhere the migration does not know: find out who changed it.",
    unrouted && "Run pulumi up again: the MX does not point at Microsoft 365 yet.",
    ...ofWaves,
    copying.length > 0 &&
      `Run pulumi up again when ${listed(copying.map(({ wave }) => wave))} ${copying.length === 1 ? "has" : "have"} been copied.`,
    wait !== undefined && `Wait ${duration(wait.left)}: ${wait.meaning}.`,
    unfinished !== undefined && wait === undefined && !unrouted && `Run pulumi up again: ${unfinished}.`,
    ready &&
      domainStack !== null &&
      `Go on with stack ${domainStack}: stage ${following} is entered there first (mailstage status --stack ${domainStack}), then here.`,
    ready &&
      domainStack === null &&
      `Set stage: ${following} in the plan, review it and run pulumi up${elsewhere.length === 0 ? "" : `, once the stacks of ${listed(elsewhere)} are as far`}.`,
    stage === "complete" &&
      `Work through what is left to people: pulumi stack output decommission${domainStack === null ? "" : ` --stack ${domainStack}`}.`,
  ].filter((step) => step !== false);
}

/** What the waves want before the next stage: what failed, what was not begun, who is not converted. */
function waveSteps({ stage, waves, failures, waivers }: Facts): string[] {
  const waived = (gate: string) => waivers.some((waiver) => waiver.gate === gate);
  const failed = failures.reduce((all, group) => all + group.count, 0);
  const copied = waves.reduce((all, wave) => all + wave.failed, 0);
  const pastMigrate = stage === "retire" || stage === "complete";
  const begins = stage === "migrate" || stage === "route";
  const created = waves.filter(({ phase }) => phase === "created");
  const copiedOnly = waves.filter(
    ({ phase, status, synced }) => phase === "started" && status !== "Syncing" && synced > 0,
  );
  const names = (of: readonly WaveStatusLine[]) => listed(of.map(({ wave }) => wave));
  const mend = `Mend ${counted(failed, "failure")} (${counted(failures.length, "cause")}) and raise retryFailed of the waves.`;
  const given = waived("batches-synced") && failed <= copied;
  if (pastMigrate) return failed > 0 && !given ? [mend] : [];
  return [
    failed > 0 && !given && mend,
    begins &&
      created.length > 0 &&
      `Set phase: started of ${names(created)} in the plan, review it and run pulumi up.`,
    begins &&
      copiedOnly.length > 0 &&
      `Set phase: converted of ${names(copiedOnly)} in the plan, review it and run pulumi up.`,
  ].filter((step) => step !== false);
}
