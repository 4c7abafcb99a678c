import { readPreview, reviewOf } from "../../../src/reports/review/index.js";
import type { DrivenStack } from "../../engine/stack.js";
import { triedAgain } from "../tried-again.js";
import { Violated } from "./violated.js";

/**
 * 3: after an update that went well a second one changes nothing, and the review says so.
 * @param hasWaited whether the update waited for the first copies of a wave, while those of others went on
 */
export async function holdUnchanged(stack: Pick<DrivenStack, "preview">, hasWaited = false): Promise<void> {
  const again = await stack.preview();
  // Not yet, for a reason that is told: a synchronization is still to come.
  if (again.code !== 0) return;
  const moved = new Set(
    again.changes.flatMap(({ type, name, op, oldOutputs }) =>
      hasWaited && op === "update" && type.endsWith(":MigrationBatch") && oldOutputs["status"] === "Syncing"
        ? [name, `${name}-licenses`, `${name}-conversion`]
        : [],
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
