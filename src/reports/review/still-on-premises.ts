import { count, mailboxes } from "../../base/words.js";
import { everyMailbox } from "../../plan/mailbox-set.js";
import { mailboxesByBatch } from "../../state/batch-mailboxes.js";
import { readResource } from "../../state/read-resource.js";
import type { Step } from "../shared/preview.js";
import type { StageChange } from "./model.js";

/**
 * How many users work in their mailbox on premises when new mail begins to arrive in Microsoft 365 only: it is what the reviewer of
 * stage `route` has to know. Mailboxes that are in no wave are named by the way into the stage.
 */
export function stillOnPremises(stage: StageChange | null, steps: readonly Step[]): string[] {
  if (stage === null || stage.to !== "route" || stage.from !== "migrate") return [];
  const waves = new Map<string, { total: number; converted: number }>();
  const wave = (name: string) => {
    const tally = waves.get(name) ?? { total: 0, converted: 0 };
    waves.set(name, tally);
    return tally;
  };
  for (const { kind, op, name, before, after, outputsBefore } of steps) {
    if (op === "create-replacement" || op === "delete-replaced") continue;
    const now = op === "delete" ? before : (after ?? before);
    if (kind === "MigrationBatch") {
      const { wave: own = name, ...batches } = readResource("MigrationBatch", now);
      const total = everyMailbox(mailboxesByBatch(own, batches)).size;
      wave(own).total = Math.max(wave(own).total, total);
    }
    if (kind === "LicenseAssignment") {
      const { wave: own = name, mailboxes: total = 0 } = readResource("LicenseAssignment", now);
      wave(own).total = Math.max(wave(own).total, total);
    }
    if (kind === "MailUserConversion") {
      const { wave: own = name } = readResource("MailUserConversion", now);
      wave(own).converted = readResource("MailUserConversion", outputsBefore).converted ?? 0;
    }
  }
  const open = [...waves].flatMap(([name, { total, converted }]) =>
    total > converted ? [{ name, left: total - converted }] : [],
  );
  const left = open.reduce((sum, one) => sum + one.left, 0);
  if (left === 0) return [];
  const total = [...waves.values()].reduce((sum, one) => sum + one.total, 0);
  return [
    `${count(left)} of ${mailboxes(total)} still ${left === 1 ? "works" : "work"} on premises (${open.map((one) => `${one.name}: ${count(one.left)}`).join(", ")}): new mail from outside arrives in Microsoft 365 only, where they do not look before they are converted`,
  ];
}
