import { stages } from "../../../src/plan/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** What a person is asked to do at the DNS host, with the lines that take something away. */
const takesAway = /^Remove \S+ \S+, which is |^Set at your DNS host, .*\n {2}- /s;

/**
 * 5: a preview that a gate refuses asks nobody to do by hand what lies beyond it: on the way on no record, and no value of one, is
 * to be taken away. On the way back it is: no gate keeps mail from where it was (docs/stages.md).
 */
export function holdGated({ last }: Migration, { stage, reached }: Model): void {
  if (last === undefined || last.code === 0) return;
  if (reached !== undefined && stages.indexOf(stage) < stages.indexOf(reached)) return;
  const refused = last.diagnostics.some(
    ({ severity, urn }) => severity === "error" && urn?.includes("mailstage:Gate::") === true,
  );
  const asked = last.diagnostics.find(({ message }) => takesAway.test(message));
  if (refused && asked !== undefined)
    throw new Violated("5 who is refused is asked for nothing", asked.message.split("\n").join(" "));
}
