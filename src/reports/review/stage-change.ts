import { type StageName, stages } from "../../plan/index.js";
import { readResource } from "../../state/read-resource.js";
import type { Step } from "../shared/preview.js";
import type { RecordChange, StageChange, WaiverChange, ZoneChange } from "./model.js";

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

/**
 * The stage before and after; undefined where the preview did not get that far.
 * @param zones the record sets that change with it
 */
export function stageChange(
  steps: readonly Step[],
  zones: readonly ZoneChange[] = [],
): StageChange | undefined {
  const step = steps.find(({ kind }) => kind === "Stage");
  if (step === undefined) return undefined;
  const from = step.op === "create" ? null : (readResource("Stage", step.before).stage ?? null);
  const to = step.op === "delete" ? undefined : readResource("Stage", step.after).stage;
  if (to === undefined) return undefined;
  const forward = from === null || stages.indexOf(to) > stages.indexOf(from);
  const stays = from === to;
  const records = zones.flatMap((zone) => zone.records);
  const meaning = forward ? entering[to] : (returning[to] ?? "One stage back.");
  return {
    from,
    to,
    meaning: stays ? "The stage stays." : [meaning, ...sendersMeaning(to, forward, records)].join(" "),
    undo: undoOf(steps, { from, to, forward: forward && !stays, records }),
  };
}

/** The way into `migrate` and back from it changes a text of the domain only where the plan says `spf: add`. */
function sendersMeaning(to: StageName, forward: boolean, records: readonly RecordChange[]): string[] {
  const policyOf = (side: RecordChange["after"]) =>
    side?.values.find((value) => /^v=spf1\b/i.test(value ?? ""));
  const policy = records.find(
    ({ type, before, after }) => type === "TXT" && policyOf(before) !== policyOf(after),
  );
  if (policy === undefined) return [];
  if (to === "migrate" && forward)
    return [
      `The tenant's senders join the SPF policy of ${policy.name}, before the first user sends from there.`,
    ];
  if (to === "connect" && !forward) return [`The tenant's senders leave the SPF policy of ${policy.name}.`];
  return [];
}

function undoOf(
  steps: readonly Step[],
  {
    from,
    to,
    forward,
    records,
  }: Pick<StageChange, "from" | "to"> & {
    readonly forward: boolean;
    readonly records: readonly RecordChange[];
  },
): string {
  if (to === "retire" && forward) return "Deleted batches do not come back by reverting.";
  if (to === "migrate" && forward)
    return "Until a batch is started, revert the change of the plan and run pulumi up; afterwards going back is refused, since it would delete started batches.";
  if (from === null) {
    const baseline = steps.find(({ kind }) => kind === "DnsBaseline");
    return readResource("DnsBaseline", baseline?.after).host === "rfc2136"
      ? "pulumi destroy gives the MX its former TTL back."
      : "pulumi destroy leaves the MX as it is, with the lowered TTL: its former one is set at the DNS host by hand.";
  }
  const byHand = records.some((record) => record.byHand && record.verb !== "adopt");
  return `Revert the change of the plan and run pulumi up${byHand ? "; a person sets the DNS records back as it prints them" : ""}.`;
}

/** The plan's waivers: new, standing or withdrawn. */
export function waiverChanges(steps: readonly Step[]): WaiverChange[] {
  const step = steps.find(({ kind }) => kind === "Stage");
  const before = readResource("Stage", step?.before).waive ?? [];
  const after = step?.op === "delete" ? [] : (readResource("Stage", step?.after).waive ?? []);
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
