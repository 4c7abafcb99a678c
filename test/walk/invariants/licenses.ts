import type { LabState } from "../../../lab/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** What the plan left out at the last update that went well. */
const before = new WeakMap<Model, readonly string[]>();

const same = (left: readonly string[], right: readonly string[]) =>
  [...left].sort().join() === [...right].sort().join();

/** 2: service plans that the plan leaves out anew are off, and those it no longer leaves out are on, for all who have arrived. */
export function holdPlans(
  { plan, list }: Migration,
  model: Model,
  { mailboxes }: Pick<LabState, "mailboxes">,
): void {
  const { licenses } = plan;
  if (!("sku" in licenses) || !/^(migrate|route)$/.test(plan.stage)) {
    before.delete(model);
    return;
  }
  const wanted = licenses.disabledPlans ?? [];
  const was = before.get(model);
  before.set(model, wanted);
  if (was === undefined || same(was, wanted)) return;
  const listed = new Set(plan.waves.flatMap(({ csv }) => list(csv)));
  const left = mailboxes.filter(
    ({ emailAddress, syncedAt, licenses, disabledPlans = [] }) =>
      listed.has(emailAddress) && syncedAt !== undefined && licenses.length === 1 && same(disabledPlans, was),
  );
  if (left.length > 0)
    throw new Violated(
      "2 licences are as the plan says",
      `${left.map(({ emailAddress }) => emailAddress).join(", ")}: ${was.join() || "nothing"} is left out as before`,
    );
}
