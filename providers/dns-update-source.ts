import { describeProblem, MailstageError, throwIfAny } from "../src/base/problem.js";
import {
  displacedSets,
  mailSafetyProblems,
  type RecordSet,
  readFromPrimary,
  type UpdateTarget,
  undecidedChange,
  type WildcardCover,
  type WritableSet,
  wildcardAtPrimary,
  writtenBeside,
} from "../src/dns/index.js";
import { howToGive, secrets } from "../src/plan/secrets.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { wildcardNote } from "./dns-preview.js";

type Inputs = InputsOf<"DnsRecordSet">;

/**
 * The server that takes our updates, with the key where its secret is at hand. Reading needs none, unless the server chooses a
 * view by it: a review has no secret on purpose.
 */
export function source(
  cx: Context,
  { server, zone, key, transport }: Pick<Inputs, "server" | "zone" | "key" | "transport">,
): UpdateTarget {
  const secret = key === undefined ? undefined : cx.secret(secrets.tsig);
  const signed = key === undefined || secret === undefined ? {} : { key: { ...key, secret } };
  return { server, zone, transport, ...signed };
}

const secretMissing = (key: NonNullable<Inputs["key"]>) => ({
  code: "tsig-secret-missing",
  subject: `TSIG key ${key.name}`,
  reason: "has no secret",
  hint: howToGive(secrets.tsig),
});

export function target(cx: Context, inputs: Inputs): UpdateTarget {
  const at = source(cx, inputs);
  if (inputs.key !== undefined && at.key === undefined) throw new MailstageError(secretMissing(inputs.key));
  return at;
}

/** The set as the server that takes our updates has it. */
export const liveSet = (cx: Context, inputs: Inputs): Promise<RecordSet | undefined> =>
  readFromPrimary(source(cx, inputs), inputs.name, inputs.type);

/** The set as it stands, with refusals and warnings of what can be seen although the values are not known yet. */
export async function foreseeUpdate(
  cx: Context,
  inputs: Pick<Inputs, "server" | "zone" | "name" | "type" | "transport" | "key">,
): Promise<{
  readonly live: RecordSet | undefined;
  readonly cover: WildcardCover | undefined;
  readonly beside: Inputs["beside"];
}> {
  const { zone, name, type, key } = inputs;
  const at = source(cx, inputs);
  const live = await readFromPrimary(at, name, type);
  const change = undecidedChange(live, { name, type });
  // Also of a set that was taken over before: what a wildcard answered, and was to stay so, has no record yet.
  const cover = await wildcardAtPrimary(at, name);
  const beside = cover === undefined ? [] : writtenBeside(cover, change);
  const { refused, warnings } = mailSafetyProblems(change, { zone, cover, beside });
  throwIfAny(refused.filter(({ code }) => code === "dns-wildcard-hidden"));
  for (const problem of warnings) await cx.warn(describeProblem(problem));
  if (cover !== undefined && beside.length > 0)
    await cx.warn(wildcardNote(`${type} ${name}`, cover, beside, "is written with it"));
  if (key !== undefined && at.key === undefined) await cx.warn(secretNote(key));
  return { live, cover, beside: besideOf(beside) };
}

/** Sets as state has them. */
export const besideOf = (sets: readonly WritableSet[]): NonNullable<Inputs["beside"]> =>
  sets.map(({ values, ...set }) => ({ ...set, values: [...values] }));

export const secretNote = (key: NonNullable<Inputs["key"]>) =>
  `${describeProblem(secretMissing(key))} A preview needs none, the update does.`;

/** What gives way to a CNAME: addresses at its name, and whatever a wildcard answers there. */
export async function displacedBy(
  cx: Context,
  inputs: Inputs,
  cover: WildcardCover | undefined,
): Promise<NonNullable<Inputs["displaced"]>> {
  if (inputs.type !== "CNAME") return [];
  if (cover !== undefined) return displacedSets(cover.sets);
  const read = (type: "A" | "AAAA") => readFromPrimary(source(cx, inputs), inputs.name, type);
  const addresses = [await read("A"), await read("AAAA")];
  return displacedSets(addresses.filter((set) => set !== undefined));
}
