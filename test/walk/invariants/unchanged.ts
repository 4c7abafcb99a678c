import { readPreview, reviewOf } from "../../../src/reports/review/index.js";
import type { Step } from "../../engine/events.js";
import type { DrivenStack } from "../../engine/stack.js";
import { triedAgain } from "../tried-again.js";
import { Violated } from "./violated.js";

/**
 * 3: after an update that went well a second one changes nothing, and the review says so.
 * @param hasCopied whether Exchange has copied mailboxes since the update began: one that waits, or tries services again, is long
 */
export async function holdUnchanged(
  stack: Pick<DrivenStack, "preview">,
  hasCopied: () => Promise<boolean> = async () => false,
): Promise<void> {
  const again = await stack.preview();
  // Not yet, for a reason that is told: a synchronization is still to come.
  if (again.code !== 0) return;
  const goesOn = again.changes.some(isSyncing) && (await hasCopied());
  const moved = new Set(
    again.changes.flatMap((step) =>
      goesOn && isSyncing(step) ? [step.name, `${step.name}-licenses`, `${step.name}-conversion`] : [],
    ),
  );
  const changes = again.changes.flatMap((step) =>
    triedAgain(step) || moved.has(step.name) ? [] : `${step.op} ${step.name}`,
  );
  if (changes.length > 0) throw new Violated("3 a second up changes nothing", changes.join(", "));
  if (again.changes.length > 0) return;
  const { verdict } = reviewOf(readPreview(again.stdout));
  if (verdict !== "no-change") throw new Violated("3 the review then exits 0", `its verdict is ${verdict}`);
}

/** A batch that is copied, whose update tells only how far that is. */
const isSyncing = ({ type, op, oldOutputs }: Step) =>
  op === "update" && type.endsWith(":MigrationBatch") && oldOutputs["status"] === "Syncing";
