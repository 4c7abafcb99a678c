import { defined } from "../base/defined.js";
import { MailstageError } from "../base/problem.js";
import { newSetTtl } from "../plan/ttl.js";
import { isPolicyOrTerm, ownedTerm, termsIn } from "./owned-term.js";
import { canonicalName, canonicalValues, type RecordSet, type RecordType, recordSet } from "./record-set.js";
import { addSpfTerms, hasSpfTerm, isSpf, removeSpfTerms, spfSenders } from "./spf.js";

/** What a record set should be. */
export interface DesiredRecordSet {
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. Absent: the set keeps its TTL; a new one gets `newSetTtl`. */
  readonly ttl?: number;
  /** The values wanted; none takes away the whole set (`exact`) or ours (`merge`). */
  readonly values: readonly string[];
  /** `exact`: these values and no others. `merge`: these values beside whatever else is there. */
  readonly mode: "exact" | "merge";
  /** In `merge`, what we put there earlier: the `owned` of the change that was applied last. */
  readonly owned?: readonly string[];
}

/** A change of one record set: what a preview shows, and exactly what is applied. */
export interface RecordSetChange {
  readonly name: string;
  readonly type: RecordType;
  /** What is there now; the change is refused where the server holds anything else. */
  readonly before: RecordSet | undefined;
  readonly after: RecordSet | undefined;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  /** What is ours once the change is applied: whole values, or `spf-term:include:…` for a term put into somebody's SPF policy. */
  readonly owned: readonly string[];
  /** Seconds; absent where the TTL stays, or the set appears or vanishes. */
  readonly ttlChange?: { readonly from: number; readonly to: number };
  /** One sentence for each value of somebody else that gets another TTL, since a set has one TTL. */
  readonly ttlSideEffects: readonly string[];
}

/** What a set is to hold, and what of it is ours. */
interface Merged {
  readonly values: readonly string[];
  readonly owned: readonly string[];
}

/** Ours beside theirs: a value that was there before us stays theirs even when we want it too. */
function mergePlain(current: readonly string[], wanted: readonly string[], owned: readonly string[]): Merged {
  const theirs = current.filter((value) => !owned.includes(value));
  return {
    values: [...theirs, ...wanted],
    owned: wanted.filter((value) => owned.includes(value) || !current.includes(value)),
  };
}

/** At most one SPF policy comes out: a wanted one is merged term by term into one that is not ours, and taken out the same way. */
function mergeSpfPolicies(
  subject: string,
  current: readonly string[],
  wanted: readonly string[],
  owned: readonly string[],
): Merged {
  const [policy] = wanted;
  const ours = owned.filter(isSpf);
  const theirs = current.filter((value) => !ours.includes(value));
  const [base] = theirs;
  if (wanted.length > 1 || (policy !== undefined && theirs.length > 1))
    throw new MailstageError({
      code: "spf-second",
      subject,
      reason: `there would be ${Math.max(wanted.length, theirs.length)} SPF policies, and receivers reject a domain with more than one`,
      hint: "Join them into one v=spf1 record first",
    });
  if (base === undefined) return { values: wanted, owned: wanted };

  const wantedTerms = policy === undefined ? [] : spfSenders(policy);
  const ownedTerms = [
    ...termsIn(owned),
    // A policy we made and somebody then edited is theirs now; our terms in it are still ours.
    ...ours.filter((value) => !current.includes(value)).flatMap(spfSenders),
  ];
  const stale = ownedTerms.filter((term) => !wantedTerms.includes(term));
  const values = theirs.map((value) => removeSpfTerms(value, stale));
  const added = wantedTerms.filter((term) => !hasSpfTerm(base, term));
  return {
    values: policy === undefined ? values : values.map((value) => addSpfTerms(value, wantedTerms)),
    owned: wantedTerms.filter((term) => added.includes(term) || ownedTerms.includes(term)).map(ownedTerm),
  };
}

function merge(
  type: RecordType,
  current: readonly string[],
  wanted: readonly string[],
  owned: readonly string[],
  subject: string,
): Merged {
  if (type !== "TXT") return mergePlain(current, wanted, owned);
  const isOther = (value: string) => !isSpf(value);
  const others = mergePlain(
    current.filter(isOther),
    wanted.filter(isOther),
    owned.filter((value) => !isPolicyOrTerm(value)),
  );
  const spf = mergeSpfPolicies(
    subject,
    current.filter(isSpf),
    wanted.filter(isSpf),
    owned.filter(isPolicyOrTerm),
  );
  return { values: [...others.values, ...spf.values], owned: [...others.owned, ...spf.owned] };
}

/**
 * The change from what is there to what is wanted. In `merge` everything that is not ours is kept, SPF never becomes two
 * records, and removing ours leaves theirs. Pure: the result is previewed and applied.
 * @throws MailstageError `dns-value` for a malformed value, `spf-second` where two foreign SPF policies are already there.
 */
export function planRecordSet(current: RecordSet | undefined, desired: DesiredRecordSet): RecordSetChange {
  const { type } = desired;
  const name = canonicalName(desired.name);
  const before = current === undefined ? undefined : recordSet(current);
  const subject = `${type} ${name}`;
  if (before !== undefined && (before.name !== name || before.type !== type))
    throw new MailstageError({
      code: "dns-value",
      subject,
      reason: `cannot be planned from ${before.type} ${before.name}`,
    });
  const wanted = canonicalValues(type, desired.values);
  const present = before?.values ?? [];
  const merged =
    desired.mode === "exact"
      ? { values: wanted, owned: wanted }
      : merge(type, present, wanted, desired.owned ?? [], subject);
  const values = canonicalValues(type, merged.values);
  const ttl = (wanted.length === 0 ? before?.ttl : desired.ttl) ?? before?.ttl ?? desired.ttl ?? newSetTtl;
  const after = values.length === 0 ? undefined : recordSet({ name, type, ttl, values });

  const kept = present.filter((value) => values.includes(value));
  const ttlChange =
    before !== undefined && after !== undefined && before.ttl !== after.ttl
      ? { from: before.ttl, to: after.ttl }
      : undefined;
  return {
    name,
    type,
    before,
    after,
    added: values.filter((value) => !present.includes(value)),
    removed: present.filter((value) => !values.includes(value)),
    kept,
    owned: merged.owned,
    ...defined({ ttlChange }),
    ttlSideEffects:
      ttlChange === undefined
        ? []
        : kept
            .filter((value) => !wanted.includes(value))
            .map(
              (value) =>
                `${type} ${name} "${value}" gets the TTL ${ttlChange.to} s instead of ${ttlChange.from} s, because a record set has one TTL`,
            ),
  };
}

/**
 * The change of a set whose values a preview cannot know yet, as far as it can be judged: what is there stays, and the name
 * exists afterwards. An MX is left as it is, since nothing is known of the hosts.
 */
export function undecidedChange(
  live: RecordSet | undefined,
  { name, type }: Pick<DesiredRecordSet, "name" | "type">,
): RecordSetChange {
  const before = live === undefined ? undefined : recordSet(live);
  const announced: RecordSet = { name: canonicalName(name), type, ttl: newSetTtl, values: [""] };
  return {
    name: announced.name,
    type,
    before,
    after: before ?? (type === "MX" ? undefined : announced),
    added: [],
    removed: [],
    kept: before?.values ?? [],
    owned: [],
    ttlSideEffects: [],
  };
}

/** Whether a change changes nothing. */
export function isNoChange(change: RecordSetChange): boolean {
  return change.added.length === 0 && change.removed.length === 0 && change.ttlChange === undefined;
}

/** A change as lines for a preview: `+` added, `-` removed, `=` kept beside them, `±` the TTL, `!` a side effect. */
export function describeChange(change: RecordSetChange): string[] {
  const label = `${change.type} ${change.name}`;
  const ttl = change.ttlChange;
  return [
    ...change.removed.map((value) => `- ${label} ${value}`),
    ...change.added.map((value) => `+ ${label} ${value} ttl=${change.after?.ttl}`),
    ...(ttl === undefined ? [] : [`± ${label} ttl=(${ttl.from}->${ttl.to})`]),
    ...(isNoChange(change) ? [] : change.kept.map((value) => `= ${label} ${value}`)),
    ...change.ttlSideEffects.map((sentence) => `! ${sentence}`),
  ];
}
