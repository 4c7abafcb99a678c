import type { LabState } from "../../../lab/index.js";
import type { Model } from "../command.js";
import { Violated } from "./violated.js";

/**
 * For how long a user may leave refusals unanswered, and run no update, before the thirty days are over in which a mailbox
 * that has arrived has to be licensed. The refusal names the stage at which to go on; a walk does not heed it.
 */
const patienceMs = 14 * 24 * 3600 * 1000;
const unlicensed = /^(mailbox-disabled|mail-lost)$/;

/** 1: the judge has no alarm but for what a person did by hand, has waived, or left undone for weeks. */
export function holdAlarms(
  { alarms, now }: Pick<LabState, "alarms" | "now">,
  { byHand, risked, wellAt }: Pick<Model, "byHand" | "risked" | "wellAt">,
): void {
  const neglected = Date.parse(now) - wellAt > patienceMs;
  // What was neglected stays so, whatever goes well later.
  for (const { code, subject } of alarms)
    if (neglected && unlicensed.test(code)) byHand.add(`${code} ${subject}`);
  const told = alarms.filter(({ code, subject }) => !byHand.has(`${code} ${subject}`) && !risked.has(code));
  if (told.length === 0) return;
  throw new Violated(
    "1 no alarm",
    told.map(({ code, subject, reason }) => `${code}: ${subject} ${reason}`).join("; "),
  );
}
