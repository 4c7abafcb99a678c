import type { LabState } from "../../../lab/index.js";
import { atLeast } from "../../../src/plan/index.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** 5: whoever is in a list when batches are made no more has been copied, or is refused: nothing would ever copy them. */
export function holdCopied(
  { plan, list }: Pick<Migration, "plan" | "list">,
  { mailboxes }: Pick<LabState, "mailboxes">,
): void {
  if (!atLeast(plan.stage, "retire")) return;
  const uncopied = new Set(
    mailboxes
      .filter(({ syncedAt }) => syncedAt === undefined)
      .map(({ emailAddress }) => emailAddress.toLowerCase()),
  );
  const left = plan.waves.flatMap(({ csv, convert = [] }) =>
    list(csv).filter((address) => uncopied.has(address.toLowerCase()) && !convert.includes(address)),
  );
  if (left.length > 0)
    throw new Violated("5 whoever is listed is copied", `${left.join(", ")} at ${plan.stage}`);
}
