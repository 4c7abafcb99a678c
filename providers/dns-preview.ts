import { describeProblem, throwIfAny } from "../src/base/problem.js";
import {
  autodiscoverService,
  describeSet,
  mailSafetyProblems,
  type RecordSet,
  type RecordType,
  readRecordSet,
  undecidedChange,
  type WildcardCover,
  wildcardOver,
  writtenBeside,
} from "../src/dns/index.js";
import type { ObservedArgs } from "../src/state/settings.js";
import type { Context } from "./context.js";

/** A record set and where it is observed. */
interface Observed {
  readonly observed: ObservedArgs;
  readonly name: string;
  readonly type: RecordType;
}

/**
 * Refuses and warns of what can be seen although the values are not known yet, and tells what is there.
 * @param byHand a person sets it, and can set with it what a wildcard would no longer answer
 */
export async function foresee(
  cx: Context,
  { observed, name, type }: Observed,
  byHand: boolean,
): Promise<{ readonly live: RecordSet | undefined; readonly cover: WildcardCover | undefined }> {
  const live = await readRecordSet({ ...observed, name, type });
  const change = undecidedChange(live, { name, type });
  const cover = await wildcardOver({ ...observed, name });
  const beside = cover === undefined || !byHand ? [] : writtenBeside(cover, change);
  const { refused, warnings } = mailSafetyProblems(change, { zone: observed.zone, cover, beside });
  throwIfAny(refused.filter(({ code }) => code === "dns-wildcard-hidden"));
  for (const problem of warnings) await cx.warn(describeProblem(problem));
  if (cover !== undefined && beside.length > 0)
    await cx.warn(wildcardNote(`${type} ${name}`, cover, beside, "has to be set with it"));
  return { live, cover };
}

/** What a wildcard answers that the change would hide, and what becomes of it. */
export function wildcardNote(
  subject: string,
  { wildcard, names }: WildcardCover,
  beside: readonly RecordSet[],
  fate: "is written with it" | "has to be set with it",
): string {
  return [
    `${subject}: the wildcard ${wildcard} answers for ${names.join(", ")} as long as nothing is there. What it answers there and below ${fate}, so that no answer is lost:`,
    ...beside.map((set) => `${set.type} ${set.name} ${describeSet(set)}`),
  ].join("\n");
}

/** An SRV record that goes on leading clients to the old server. */
export async function tellAutodiscoverService(
  cx: Context,
  { observed, name, type }: Observed,
): Promise<void> {
  if (type !== "CNAME" || !name.startsWith("autodiscover.")) return;
  const said = await autodiscoverService(name.slice("autodiscover.".length), observed);
  if (said !== undefined) await cx.warn(said);
}
