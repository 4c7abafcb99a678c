import type { Problem } from "../base/problem.js";
import type { Finding } from "./findings.js";
import type { RecordSetChange } from "./plan-record-set.js";
import { describeSet, type RecordSet } from "./record-set.js";
import { type HiddenSet, hiddenBy, type WildcardCover } from "./wildcard.js";

const describeHidden = ({ name, type, set }: HiddenSet) =>
  set === undefined ? `${type} ${name}` : `${type} ${name} ${describeSet(set)}`;

/** What a change would take from a wildcard's answers that is not written with it. */
export function wildcardFindings(
  change: RecordSetChange,
  cover: WildcardCover | undefined,
  beside: readonly RecordSet[],
): Finding[] {
  if (cover === undefined || change.after === undefined) return [];
  const subject = `${change.type} ${change.name}`;
  const { after, before } = change;
  // A host's own interface shows what is stored, not what a wildcard answers: then the set's own values are not in the change.
  const own = cover.sets.filter(
    ({ type, values }) =>
      before === undefined &&
      type !== "CNAME" &&
      type === change.type &&
      !values.every((value) => after.values.includes(value)),
  );
  const lost = [
    ...own.map((set): HiddenSet => ({ name: change.name, type: set.type, set })),
    ...hiddenBy(cover, change),
  ].filter(({ name, type }) => !beside.some((set) => set.name === name && set.type === type));
  // Nobody asks for mail or names below a service's own name, and a CNAME is there alone by its nature.
  const below = ({ name }: HiddenSet) => change.type === "CNAME" && name === `*.${change.name}`;
  const replaced = cover.sets.filter(
    ({ type }) => change.type === "CNAME" && !["A", "AAAA", "CNAME"].includes(type),
  );
  const harm = lost.filter((hidden) => !below(hidden));
  const mild = [...lost.filter(below), ...replaced];
  const listed = (hidden: readonly HiddenSet[]) => hidden.map(describeHidden).join("; ");
  return [
    ...(harm.length === 0
      ? []
      : [
          {
            code: "dns-wildcard-hidden",
            subject,
            reason: `${cover.names[0]} would come into existence, and the wildcard ${cover.wildcard} then answers for it no more: lost would be ${listed(harm)}`,
            hint: `Publish them by hand first, at ${cover.names.map((name) => `${name} and *.${name}`).join(", ")}; then nothing is lost (RFC 4592)`,
          },
        ]),
    ...(mild.length === 0
      ? []
      : [
          {
            code: "dns-wildcard-hidden",
            subject,
            reason: `${cover.names[0]} would come into existence, and the wildcard ${cover.wildcard} then answers for it no more: lost would be ${listed(mild)}`,
            warning: true,
          } as const,
        ]),
  ];
}

/** Of `wildcardFindings`, what must stop the change. */
export function wildcardProblems(
  change: RecordSetChange,
  cover: WildcardCover | undefined,
  beside: readonly RecordSet[],
): Problem[] {
  return wildcardFindings(change, cover, beside).filter(({ warning }) => warning !== true);
}
