import { readPreview, reviewOf } from "../../../src/reports/review/index.js";
import type { DrivenStack } from "../../engine/stack.js";
import { triedAgain } from "../tried-again.js";
import { Violated } from "./violated.js";

/** 3: after an update that went well a second one changes nothing, and the review says so. */
export async function holdUnchanged(stack: Pick<DrivenStack, "preview">): Promise<void> {
  const again = await stack.preview();
  // Not yet, for a reason that is told: a synchronization is still to come.
  if (again.code !== 0) return;
  // What goes by whom a batch has copied is not known before the batch was waited for again.
  const waited = again.changes.filter((step) => step.type.endsWith(":MigrationBatch") && triedAgain(step));
  const follows = new Set(
    waited.flatMap(({ name }) => [`update ${name}-licenses`, `update ${name}-conversion`]),
  );
  const changes = again.changes
    .filter((step) => !triedAgain(step))
    .map(({ op, name }) => `${op} ${name}`)
    .filter((change) => !follows.has(change));
  if (changes.length > 0) throw new Violated("3 a second up changes nothing", changes.join(", "));
  if (again.changes.length > 0) return;
  const { verdict } = reviewOf(readPreview(again.stdout));
  if (verdict !== "no-change") throw new Violated("3 the review then exits 0", `its verdict is ${verdict}`);
}
