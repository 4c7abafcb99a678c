import { found } from "../contracts/found.js";
import { type StageName, stages } from "../plan/index.js";
import type { Step } from "./engine-output.js";
import type { StageChange, WaiverChange } from "./model.js";

/** What entering a stage means for mail, in the words of somebody who runs mail. */
const entering: Record<StageName, string> = {
  prepare:
    "Nothing moves yet: the servers and permissions are checked, and the TTL of the present MX is lowered so that the later switch is quick.",
  verify: "The domain is added to the tenant and its ownership proved by a DNS record. Mail is not affected.",
  connect: "Microsoft 365 gets a connection to the Exchange servers on premises. Mail is not affected.",
  migrate:
    "Mailboxes are copied to Microsoft 365, wave by wave. Mail still arrives on premises and is forwarded.",
  route: "The MX points at Microsoft 365: new mail from outside goes there directly.",
  retire: "The migration batches are deleted: mail that still arrives on premises is copied no more.",
  complete:
    "Outlook finds its mailbox in Microsoft 365 by itself. What is left is taking the old servers down.",
};

/** What going back to a stage means. */
const returning: Partial<Record<StageName, string>> = {
  prepare: "The proof of ownership is taken out of DNS; a domain in use stays in the tenant.",
  verify: "The connection to the Exchange servers on premises is removed.",
  connect: "The waves are no longer declared; what was converted stays converted.",
  migrate: "The MX points at the servers on premises again, and mail arrives there.",
  route: "The MX keeps pointing at Microsoft 365. Deleted batches are not made again.",
  retire: "Autodiscover goes back to what it was.",
};

/** The stage before and after; undefined where the preview did not get that far. */
export function stageChange(steps: readonly Step[]): StageChange | undefined {
  const step = steps.find(({ kind }) => kind === "Stage");
  if (step === undefined) return undefined;
  const from = step.op === "create" ? null : (found("Stage", step.before).stage ?? null);
  const to = step.op === "delete" ? undefined : found("Stage", step.after).stage;
  if (to === undefined) return undefined;
  const forward = from === null || stages.indexOf(to) > stages.indexOf(from);
  const stays = from === to;
  return {
    from,
    to,
    meaning: stays ? "The stage stays." : forward ? entering[to] : (returning[to] ?? "One stage back."),
    undo:
      to === "retire" && forward
        ? "Deleted batches do not come back by reverting."
        : to === "migrate" && forward && !stays
          ? "Until a batch is started, revert the change of the plan and run pulumi up; afterwards going back is refused, since it would delete started batches."
          : from === null
            ? "pulumi destroy restores the DNS records as they were."
            : "Revert the change of the plan and run pulumi up.",
  };
}

/** The plan's waivers: new, standing or withdrawn. */
export function waiverChanges(steps: readonly Step[]): WaiverChange[] {
  const step = steps.find(({ kind }) => kind === "Stage");
  const before = found("Stage", step?.before).waive ?? [];
  const after = step?.op === "delete" ? [] : (found("Stage", step?.after).waive ?? []);
  const same = (left: { gate: string; reason: string }) => (right: { gate: string; reason: string }) =>
    left.gate === right.gate && left.reason === right.reason;
  return [
    ...after.map(
      (waiver): WaiverChange => ({ ...waiver, status: before.some(same(waiver)) ? "standing" : "new" }),
    ),
    ...before
      .filter(({ gate }) => !after.some((waiver) => waiver.gate === gate))
      .map((waiver): WaiverChange => ({ ...waiver, status: "withdrawn" })),
  ];
}
