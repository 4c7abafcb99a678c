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

/** What the engine itself says of a run that failed. */
const engineOwn =
  /^(?:preview|update|refresh|destroy) failed$|^Undefined value \(\w+\) will not show|^Running program .*failed|^see the error of|^resource .* was not (?:created|updated)/;

/** Problems of a plan and its lists, which name the place where they stand: that is what is to be mended. */
const ofPlace = /^(?:plan\b|waves\b|\S+\.csv\b)/;

/**
 * 5: each problem that a migration is left with says what it is about, what is wrong with it, and what to do:
 * `subject: reason. Hint`.
 * @param messages all errors of the run
 */
export function holdRemedies(messages: readonly string[]): void {
  const without = messages
    .flatMap((message) => problemsIn(message))
    .filter((text) => text !== "" && !engineOwn.test(text) && !ofPlace.test(text))
    .filter((text) => !/^.+?: .+?[.)!?] \S/s.test(text));
  if (without.length > 0) throw new Violated("5 a refusal names a remedy", without.join(" | "));
}

/** The problems of a message, which lists them where they are several. */
function problemsIn(message: string): string[] {
  const text = message
    .trim()
    .replace(/^error: /, "")
    .replace(/^\S+ resource '[^']*' has a problem: /, "");
  const [first = "", ...rest] = text.split(/\n {2}- /);
  return (/^\d+ problems:$/.test(first.trim()) ? rest : [text]).map((one) => one.trim());
}
