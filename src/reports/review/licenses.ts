import { are, count, counted, mailboxes, someOf } from "../../base/words.js";
import { keptWithoutLicenseDays } from "../../migration/license-deadlines.js";
import { lostAddresses } from "../../state/lost-licenses.js";
import { readResource } from "../../state/read-resource.js";
import type { Properties, Step } from "../shared/preview.js";
import type { LicenseChange } from "./model.js";
import { isPartOfReplacement } from "./record-set-sides.js";
import { sameInputs } from "./same-inputs.js";

/** How the licences of each wave change. */
export function licenseChanges(steps: readonly Step[], seatsLeft: number | null): LicenseChange[] {
  return steps
    .filter(
      (step) => step.kind === "LicenseAssignment" && step.op !== "same" && !isPartOfReplacement(step.op),
    )
    .map((step) => licenseChange(step, seatsLeft))
    .sort((left, right) => left.wave.localeCompare(right.wave, "en", { numeric: true }));
}

function licenseChange(step: Step, seatsLeft: number | null): LicenseChange {
  const props = readResource("LicenseAssignment", step.after ?? step.before);
  const { licensed: before = 0 } = readResource("LicenseAssignment", step.outputsBefore);
  const found = readResource("LicenseAssignment", step.outputsAfter);
  const isDrift = step.op === "drift";
  const licensed = isDrift ? (found.licensed ?? 0) : before;
  const needed = props.mailboxes ?? 0;
  const verb =
    step.op === "create"
      ? "create"
      : step.op === "delete"
        ? "delete"
        : sameInputs(step) && !isDrift
          ? "continue"
          : "modify";
  const meanings: Record<LicenseChange["verb"], string> = {
    create: `${mailboxes(needed)} ${are(needed)} licensed, each when it has arrived in Microsoft 365.`,
    modify: isDrift
      ? taken(lostOf(step.outputsAfter), before - licensed)
      : `Licences are assigned anew: ${changedLicenses(step.before, step.after)}.`,
    delete: `mailstage no longer keeps these licences; users have them still unless the plan says removeOnDestroy.`,
    continue: `Licensing goes on: ${count(licensed)} of ${mailboxes(needed)} done${givenAgain(lostOf(step.outputsBefore))}.`,
  };
  return {
    wave: props.wave ?? step.name,
    verb,
    license: licenseName(props.licenses),
    mailboxes: needed,
    licensed,
    seatsLeft,
    meaning: meanings[verb],
  };
}

const lostOf = (properties: Properties | undefined) =>
  lostAddresses(readResource("LicenseAssignment", properties));

const givenAgain = (lost: readonly string[]) =>
  lost.length === 0 ? "" : `; what was taken from ${someOf(lost)} is given again`;

function taken(lost: readonly string[], fewer: number): string {
  const whose = lost.length === 0 ? counted(Math.max(1, fewer), "user") : someOf(lost);
  return `Somebody has taken the licence from ${whose}. pulumi up --refresh gives it again; a plain update does not look. A mailbox without a licence is deleted after ${keptWithoutLicenseDays} days.`;
}

const licenseName = (licenses: { sku: string } | { group: string } | undefined) =>
  licenses === undefined ? "unknown" : "sku" in licenses ? licenses.sku : `group ${licenses.group}`;

function changedLicenses(before: Properties | undefined, after: Properties | undefined): string {
  const [old, now] = [readResource("LicenseAssignment", before), readResource("LicenseAssignment", after)];
  const [from, to] = [licenseName(old.licenses), licenseName(now.licenses)];
  if (from !== to) return `${to} instead of ${from}; the former licence stays`;
  return `${mailboxes(now.mailboxes ?? 0)} instead of ${count(old.mailboxes ?? 0)}`;
}
