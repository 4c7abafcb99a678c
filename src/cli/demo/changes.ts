import type { LabState } from "../../../lab/index.js";
import { counted } from "../../base/words.js";

type Entry = LabState["directory"][number];

/** Whether an on-premises user has no mailbox there any more. */
export const isConverted = ({ attributes }: Entry): boolean => !("homeMDB" in attributes);

const people = (number: number) => counted(number, "user");

/** What differs between two looks at the lab, a line each, in the lab's own terms: nothing here asks what a run said of itself. */
export function labChanges(before: LabState, after: LabState): string[] {
  return [
    ...zoneChanges(before, after),
    ...domainChanges(before, after),
    ...after.endpoints
      .filter(({ name }) => !before.endpoints.some((former) => former.name === name))
      .map(({ name }) => `endpoint ${name} made, and tested by Exchange`),
    ...batchChanges(before, after),
    ...peopleChanges(before, after),
  ];
}

function zoneChanges(before: LabState, after: LabState): string[] {
  const keyOf = ({ name, type }: LabState["zone"][number]) => `${type} ${name}`;
  const shown = (set: LabState["zone"][number] | undefined) =>
    set === undefined ? "nothing" : `${set.values.join(", ")} (${set.ttl} s)`;
  const former = new Map(before.zone.map((set) => [keyOf(set), set]));
  const now = new Map(after.zone.map((set) => [keyOf(set), set]));
  return [...new Set([...former.keys(), ...now.keys()])]
    .filter((key) => !key.startsWith("SOA ") && shown(former.get(key)) !== shown(now.get(key)))
    .map((key) => `${key} is now ${shown(now.get(key))}`);
}

function domainChanges(before: LabState, after: LabState): string[] {
  return after.domains.flatMap(({ id, isVerified }) => {
    const former = before.domains.find((domain) => domain.id === id);
    return [
      ...(former === undefined ? [`domain ${id} added to the tenant`] : []),
      ...(isVerified && former?.isVerified !== true ? [`domain ${id} verified`] : []),
    ];
  });
}

function batchChanges(before: LabState, after: LabState): string[] {
  const earlier = new Map(before.batches.map((batch) => [batch.name, batch]));
  return [
    ...after.batches.flatMap(({ name, totalCount, startedAt }) => {
      const former = earlier.get(name);
      const did = [
        ...(former === undefined ? [`made with ${counted(totalCount, "mailbox", "mailboxes")}`] : []),
        ...(startedAt !== undefined && former?.startedAt === undefined ? ["started"] : []),
      ];
      return did.length === 0 ? [] : [`batch ${name} ${did.join(" and ")}`];
    }),
    ...after.batches
      .filter(({ name, status }) => status === "Removing" && earlier.get(name)?.status !== status)
      .map(({ name }) => `batch ${name} is being deleted by Exchange`),
    ...after.goneBatches
      .filter(({ name }) => !before.goneBatches.some((gone) => gone.name === name))
      .map(({ name }) => `batch ${name} deleted`),
  ];
}

function peopleChanges(before: LabState, after: LabState): string[] {
  const licensed = (state: LabState) => state.mailboxes.filter(({ licenses }) => licenses.length > 0).length;
  const converted = (state: LabState) => state.directory.filter(isConverted).length;
  const gained = licensed(after) - licensed(before);
  const moved = converted(after) - converted(before);
  return [
    ...(gained > 0 ? [`${people(gained)} licensed`] : []),
    ...(moved > 0
      ? [
          counted(
            moved,
            "user on premises converted to a mail user",
            "users on premises converted to mail users",
          ),
        ]
      : []),
  ];
}
