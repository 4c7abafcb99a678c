import { are, counted, listed, mailboxes } from "../../base/words.js";
import type { Refusal, Review, Verdict } from "./model.js";
import type { Violation } from "./violations.js";

/** How a preview ended for whoever reviews it. Pure. */
export function verdictOf(
  errors: readonly Refusal[],
  violations: readonly Violation[],
  changed: boolean,
): Verdict {
  if (violations.some(isMandatory)) return "error";
  if (errors.length > 0)
    return errors.every(({ gate, otherStack }) => gate !== null || otherStack) ? "gate-open" : "error";
  return changed ? "changes" : "no-change";
}

const isMandatory = ({ level }: Violation) => level === "mandatory";

/** What is missing, told apart: what passes by itself, and what somebody has to do. */
function notYet(errors: readonly Refusal[]): string {
  const [first] = errors;
  const times = errors.flatMap(({ retryAfter }) => retryAfter ?? []).sort();
  const last = times.at(-1);
  const open = errors.length - times.length;
  const what = first?.otherStack
    ? "another stack is to be applied first"
    : `${counted(errors.length, "condition")} of stage ${first?.gate ?? "?"} ${are(errors.length)} not met`;
  const when =
    last === undefined
      ? ""
      : open === 0
        ? `; try again after ${last}`
        : `: ${open} ${are(open)} for somebody to mend, and ${times.length} ${times.length === 1 ? "passes" : "pass"} by ${last}`;
  return `Not yet: ${what}${when}. Nothing was changed.`;
}

/** What goes on without a change of the plan. */
function goesOn(waves: Review["waves"], licenses: Review["licenses"], others: Review["others"]): string[] {
  const going = <T extends { readonly verb: string }>(items: readonly T[]) =>
    items.filter(({ verb }) => verb === "continue");
  return [
    ...going(waves).map(({ wave }) => wave),
    ...going(licenses).map(({ wave }) => `licences of ${wave}`),
    ...going(others).map(({ subject }) => subject),
  ];
}

/** How many are changed by the plan, not by time. */
const changing = (items: readonly { readonly verb: string }[]) =>
  items.filter(({ verb }) => verb !== "continue").length;

/** A review in one sentence. Pure. */
export function headline({
  verdict,
  mode,
  stage,
  waves,
  zones,
  licenses,
  others,
  errors,
  violations,
}: Pick<
  Review,
  "verdict" | "mode" | "stage" | "waves" | "zones" | "licenses" | "others" | "errors" | "violations"
>): string {
  switch (verdict) {
    case "no-change":
      return mode === "drift"
        ? "Nothing was changed behind the plan's back."
        : "Nothing changes: everything is as the plan says.";
    case "gate-open": {
      return notYet(errors);
    }
    case "error":
      return `Refused: ${listed(
        [
          errors.length > 0 && counted(errors.length, "problem"),
          violations.some(isMandatory) &&
            `${counted(violations.filter(isMandatory).length, "rule")} of the policy pack broken`,
        ].filter((part) => part !== false),
      )}. Nothing was changed.`;
    case "changes": {
      const records = zones.flatMap((zone) => zone.records).filter(({ verb }) => verb !== "adopt").length;
      const added = waves.reduce((sum, wave) => sum + wave.added.length, 0);
      const converts = waves.reduce((sum, wave) => sum + (wave.converts ?? 0), 0);
      const parts = [
        stage !== null && stage.from !== stage.to && mode === "plan" && `stage ${stage.to}`,
        records > 0 && counted(records, "DNS record set"),
        changing(waves) > 0 && counted(changing(waves), "wave"),
        changing(licenses) > 0 && counted(changing(licenses), "licence assignment"),
        changing(others) > 0 && counted(changing(others), "other object"),
        added > 0 && `${mailboxes(added)} added`,
        converts > 0 && `${mailboxes(converts)} converted`,
      ].filter((part) => part !== false);
      const going = goesOn(waves, licenses, others);
      if (parts.length === 0)
        return going.length === 0
          ? "Nothing new: the update takes over what went on since the last one."
          : `Nothing new in the plan. The update goes on: ${listed(going)}.`;
      const subject = listed(parts);
      return mode === "drift" ? `Changed outside the plan: ${subject}.` : `This would change: ${subject}.`;
    }
  }
}
