import { isSpf } from "./spf.js";

/**
 * How a term that was put into somebody's SPF policy stands among the values that are ours, `spf-term:include:…`: the policy itself
 * is theirs.
 */
const mark = "spf-term:";

/** The term, as it stands among the values that are ours. */
export const ownedTerm = (term: string): string => `${mark}${term}`;
/** Whether one of the values that are ours is a term. */
const isOwnedTerm = (value: string): boolean => value.startsWith(mark);
/** Whether one of the values that are ours is a sender policy or a term of one, which senders go by. */
export const isPolicyOrTerm = (value: string): boolean => isSpf(value) || isOwnedTerm(value);
/** The terms among the values that are ours. */
export const termsIn = (owned: readonly string[]): string[] =>
  owned.filter(isOwnedTerm).map((value) => value.slice(mark.length));
