import { are, count, mailboxes } from "../../base/words.js";
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
  const { licensed = 0 } = readResource("LicenseAssignment", step.outputsBefore);
  const needed = props.mailboxes ?? 0;
  const verb =
    step.op === "create"
      ? "create"
      : step.op === "delete"
        ? "delete"
        : sameInputs(step)
          ? "continue"
          : "modify";
  const meanings: Record<LicenseChange["verb"], string> = {
    create: `${mailboxes(needed)} ${are(needed)} licensed, each when it has arrived in Microsoft 365.`,
    modify: `Licences are assigned anew: ${changedLicenses(step.before, step.after)}.`,
    delete: `mailstage no longer keeps these licences; users have them still unless the plan says removeOnDestroy.`,
    continue: `Licensing goes on: ${count(licensed)} of ${mailboxes(needed)} done.`,
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

const licenseName = (licenses: { sku: string } | { group: string } | undefined) =>
  licenses === undefined ? "unknown" : "sku" in licenses ? licenses.sku : `group ${licenses.group}`;

function changedLicenses(before: Properties | undefined, after: Properties | undefined): string {
  const [old, now] = [readResource("LicenseAssignment", before), readResource("LicenseAssignment", after)];
  const [from, to] = [licenseName(old.licenses), licenseName(now.licenses)];
  if (from !== to) return `${to} instead of ${from}; the former licence stays`;
  return `${mailboxes(now.mailboxes ?? 0)} instead of ${count(old.mailboxes ?? 0)}`;
}
