import type { AnyContract } from "./contract.js";
import { foldNames, unfoldNames } from "./name-runs.js";

type Properties = Readonly<Record<string, unknown>>;

/** Properties as state has them: names that stand in another property already are given by their runs there. */
export function folded(contract: Pick<AnyContract, "folding">, properties: Properties): Properties {
  return each(contract, properties, foldNames);
}

/** Properties as everybody works with them. @throws MailstageError `state-damaged` */
export function unfolded(contract: Pick<AnyContract, "folding">, properties: Properties): Properties {
  return each(contract, properties, unfoldNames);
}

function each(
  { folding = {} }: Pick<AnyContract, "folding">,
  properties: Properties,
  work: (names: string, roster: string, subject: string) => string,
): Properties {
  const made: Record<string, unknown> = {};
  for (const [property, rosters = []] of Object.entries(folding)) {
    const value = properties[property];
    const roster = rosters.map((one) => properties[one]).find((one) => one !== undefined);
    if (typeof value === "string") {
      if (typeof roster === "string") made[property] = work(value, roster, property);
    } else if (isRecord(value))
      made[property] = Object.fromEntries(
        Object.entries(value).map(([key, names]) => {
          const own = isRecord(roster) ? roster[key] : roster;
          const can = typeof names === "string" && typeof own === "string";
          return [key, can ? work(names, own, `${property} of ${key}`) : names];
        }),
      );
  }
  return Object.keys(made).length === 0 ? properties : { ...properties, ...made };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
