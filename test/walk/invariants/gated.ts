import { type StageName, stages } from "../../../src/plan/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** What a person is asked to do at the DNS host, with the lines that take something away. */
const takesAway = /^Remove (\S+) \S+, which is |^Set at your DNS host, (\S+) .*\n {2}- /s;

/** The stages whose way in is waited for before a set is changed. What the tenant names anew is set where the last of them is done. */
const changedFrom = (type: string): readonly StageName[] =>
  type === "MX"
    ? ["connect", "route", "retire"]
    : type === "TXT"
      ? ["verify", "migrate"]
      : // Autodiscover, and the addresses in its place.
        ["complete"];

/** Whether a set is changed only when a gate is open, at the stage that the plan asks for. */
function liesBeyond(type: string, gate: string, asked: StageName): boolean {
  const last = changedFrom(type).findLast((stage) => stages.indexOf(stage) <= stages.indexOf(asked));
  return last !== undefined && stages.findIndex((stage) => gate === `gate-${stage}`) <= stages.indexOf(last);
}

/**
 * 5: a preview that a gate refuses asks nobody to do by hand what lies beyond it: on the way on no record, and no value of one, is
 * to be taken away. On the way back it is: no gate keeps mail from where it was (docs/stages.md).
 */
export function holdGated(
  { last }: Pick<Migration, "last">,
  { stage, reached }: Pick<Model, "stage" | "reached">,
): void {
  if (last === undefined || last.code === 0) return;
  if (reached !== undefined && stages.indexOf(stage) < stages.indexOf(reached)) return;
  const refused = last.diagnostics.flatMap(({ severity, urn = "" }) => {
    const [, gate] = /mailstage:Gate::(.+)$/.exec(urn) ?? [];
    return severity === "error" && gate !== undefined ? [gate] : [];
  });
  const asked = last.diagnostics.find(({ message }) => {
    const [, removed, type = removed] = takesAway.exec(message) ?? [];
    return type !== undefined && refused.some((gate) => liesBeyond(type, gate, stage));
  });
  if (asked !== undefined)
    throw new Violated("5 who is refused is asked for nothing", asked.message.split("\n").join(" "));
}
