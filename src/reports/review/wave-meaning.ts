import { are, count, counted, mailboxes } from "../../base/words.js";
import { inPlace } from "../../snapshots/place.js";
import { type ReadResource, readResource } from "../../state/read-resource.js";
import type { Step } from "../shared/preview.js";
import type { WaveChange } from "./model.js";
import { canonical } from "./same-inputs.js";

/** How many mailboxes a conversion that begins takes: those that failed stay as they are, unless the plan names them. */
export function convertible(conversion: Step, batch: Step | undefined): number {
  const { mailboxes: listed = 0, convert = [] } = readResource("MailUserConversion", conversion.after);
  const { failed = 0 } = readResource("MigrationBatch", batch?.outputsBefore);
  return Math.min(listed, listed - failed + convert.length);
}

/** The users that a conversion leaves as they are; empty for none. */
export function leftOut(conversion: Step | undefined, converts: number): string {
  const { mailboxes: listed = 0 } = readResource("MailUserConversion", conversion?.after);
  return converts >= listed
    ? ""
    : `; ${counted(listed - converts, "that failed stays as it is", "that failed stay as they are")}`;
}

/** What a conversion that was begun goes on with. */
export function continuedConversion(step: Step): string[] {
  const {
    converted = 0,
    waiting = 0,
    skippedCount = 0,
  } = readResource("MailUserConversion", step.outputsBefore);
  const { report, cloudCsv } = readResource("MailUserConversion", step.outputsBefore);
  const left =
    skippedCount === 0 ? "" : `, ${counted(skippedCount, "was left as it is", "were left as they are")}`;
  return [
    `The conversion goes on: ${mailboxes(converted)} done, ${counted(waiting, "was waiting for its copy", "were waiting for their copies")}${left}.`,
    ...(report === undefined
      ? []
      : [
          `How each stands is written anew to ${report}${cloudCsv === undefined ? "" : `, their addresses in the cloud to ${cloudCsv}`}.`,
        ]),
  ];
}

/** Where the former attributes of a wave's users are, in brackets; empty where it is not known. */
export function snapshotOf(conversion: Step | undefined): string {
  const { wave, snapshots } = readResource("MailUserConversion", conversion?.after ?? conversion?.before);
  const { snapshot } = readResource("MailUserConversion", conversion?.outputsBefore);
  const file = snapshot ?? (snapshots === undefined ? undefined : inPlace(snapshots, `${wave}.jsonl`));
  return file === undefined ? "" : ` (${file})`;
}

/** What the change of a wave's migration batch means for its mailboxes. */
export function batchMeaning(
  step: Step | undefined,
  verb: WaveChange["verb"] | undefined,
  { added, removed, has }: { added: readonly string[]; removed: readonly string[]; has: readonly unknown[] },
): string[] {
  if (step === undefined || verb === undefined) return [];
  const before = readResource("MigrationBatch", step.before);
  const after = readResource("MigrationBatch", step.after);
  const state = readResource("MigrationBatch", step.outputsBefore);
  if (step.op === "create" && verb === "continue")
    return [
      "Its migration batch was deleted at stage retire and is not made again; its mailboxes are in Microsoft 365, and nothing is copied anew.",
    ];
  switch (verb) {
    case "create":
      return [
        after.started === true
          ? `${counted(has.length, "mailbox starts", "mailboxes start")} copying to Microsoft 365; users go on working on premises.`
          : `${mailboxes(has.length)} ${are(has.length)} listed in a migration batch that is not started yet.`,
      ];
    case "delete":
      return [
        `The migration batch is deleted (${mailboxes(state.synced ?? 0)} synced). Mail that still arrives on premises is copied no more.`,
      ];
    case "replace":
      return ["The migration batch is deleted and made anew: every mailbox is copied from the beginning."];
    case "continue":
      return [
        `The copy goes on: ${count(state.synced ?? 0)} of ${mailboxes(state.total ?? 0)} synced${(state.failed ?? 0) > 0 ? `, ${count(state.failed ?? 0)} failed` : ""} at the last update.`,
      ];
    default:
      return [
        ...(before.started === false && after.started === true
          ? [
              `${counted(has.length, "mailbox starts", "mailboxes start")} copying to Microsoft 365; users go on working on premises.`,
            ]
          : []),
        ...(after.started === false ? stopped(before.started === true, state, added.length > 0) : []),
        ...((after.retryFailed ?? 0) > (before.retryFailed ?? 0)
          ? [
              (state.failed ?? 0) === 0
                ? "Mailboxes that were stopped are started again."
                : `${mailboxes(state.failed ?? 0)} that failed ${are(state.failed ?? 0)} tried again.`,
            ]
          : []),
        ...(added.length > 0 ? [`${mailboxes(added.length)} more to be copied.`] : []),
        ...(canonical(before.notificationEmails) === canonical(after.notificationEmails)
          ? []
          : (after.notificationEmails ?? []).length === 0
            ? ["Exchange is asked to mail nobody about the progress any more."]
            : ["Exchange mails other people about the progress."]),
        ...(removed.length > 0
          ? [
              `${mailboxes(removed.length)} ${are(removed.length)} no longer copied; what was copied stays in Microsoft 365.`,
            ]
          : []),
      ];
  }
}

/** What it means that a wave is not to be started: before its first start, nothing. */
function stopped(
  was: boolean,
  { status = "Created" }: ReadResource<"MigrationBatch">,
  more: boolean,
): string[] {
  const began = !["Created", "Stopped", "Removed", "Removing"].includes(status);
  if (!was) return more && began ? ["Copying is stopped."] : [];
  return status === "Synced" || status === "SyncedWithErrors"
    ? ["Copying is stopped. What is copied stays; its users are licensed and converted no further."]
    : ["Copying is stopped."];
}
