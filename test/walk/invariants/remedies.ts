import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** Whether the last that was done to records or state was a refresh that went well. */
const fresh = new WeakMap<Model, boolean>();

/** 5: what a refusal names as the remedy is one: who refreshes as they are told is not told to refresh again. */
export function holdRefreshed({ last }: Migration, model: Model, after: string): void {
  // The second: the engine is to import a record that was there before the refresh, and is there no more.
  const again = /was changed by somebody else|resource '[^']+' does not exist/;
  if (fresh.get(model) === true && last !== undefined && again.test(last.errors))
    throw new Violated("5 the remedy is one", `after a refresh: ${last.errors.split("\n")[0]}`);
  if (after === "refresh") fresh.set(model, last?.code === 0);
  else if (/zone|MX|record|TTL|text|policy|proof|autodiscover|wildcard|domain|state|killed|fail/.test(after))
    fresh.set(model, false);
}
