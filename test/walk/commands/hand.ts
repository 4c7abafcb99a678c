import type { LabState } from "../../../lab/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";

/** One of a list, by an index that was drawn without knowing how long it is. */
export function pick<T>(list: readonly T[], drawn: number): T | undefined {
  return list[drawn % Math.max(1, list.length)];
}

/** The names in a table, as what they are. */
export function namesOf<K extends string>(of: Readonly<Record<K, unknown>>): K[] {
  const names: K[] = [];
  for (const name in of) names.push(name);
  return names;
}

/**
 * Does something by hand. Of the alarms that it raises at once, those that are of its kind are the hand's: what else the judge
 * tells, now or later, is not. `harms` is held against `code subject`.
 */
export async function doneByHand(
  { lab }: Migration,
  model: Model,
  harms: RegExp,
  act: () => Promise<unknown>,
): Promise<void> {
  const told = async () => (await lab.state()).alarms.map(({ code, subject }) => `${code} ${subject}`);
  const before = new Set(await told());
  await act();
  for (const harm of await told()) if (!before.has(harm) && harms.test(harm)) model.byHand.add(harm);
}

/** A batch of the tenant; undefined where there is none. */
export async function someBatch(
  { lab }: Migration,
  drawn: number,
): Promise<LabState["batches"][number] | undefined> {
  return pick((await lab.state()).batches, drawn);
}

/** A record set of the zone by type and name below the domain; undefined where there is none. */
export async function recordAt(
  migration: Migration,
  type: string,
  below = "",
): Promise<LabState["zone"][number] | undefined> {
  const { domain } = migration.plan;
  const name = below === "" ? domain : `${below}.${domain}`;
  return (await migration.lab.state()).zone.find((one) => one.name === name && one.type === type);
}
