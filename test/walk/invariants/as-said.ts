import { type Review, readPreview, reviewOf } from "../../../src/reports/review/index.js";
import type { RecordChange, RecordSide, WaveChange } from "../../../src/reports/review/model.js";
import { type ChangedSet, type Happened, happened, keyOf, type Side } from "./happened.js";
import { Violated } from "./violated.js";
import type { Witnessed } from "./witness.js";

/** Which addresses are whose. */
export type Waves = ReadonlyMap<string, ReadonlySet<string>>;

/** What a hand has changed since the state was last made what the world is, by which a plain preview goes (docs/review.md). */
export interface Moved {
  /** Record sets, by their names. */
  readonly records: ReadonlySet<string>;
  /** Batches that somebody made, which are no stack's to delete. */
  readonly batches: ReadonlySet<string>;
}
const nothingMoved: Moved = { records: new Set(), batches: new Set() };

/** 2: what the review of an update's own preview said is what happened; where the update failed, nothing else did. */
export function holdAsSaid(
  { command, run, before, after, disturbed }: Witnessed,
  lists: Waves,
  moved: Moved,
): void {
  if (disturbed || command !== "up --yes") return;
  const waves = byAnyAddress(lists, [...before.directory, ...after.directory]);
  const { preview, updated } = previewOf(run.stdout);
  const did = happened(before, after);
  const review = updated ? reviewOf(readPreview(preview)) : undefined;
  const wrong = review
    ? [
        ...unsaid(review, did, waves, moved, copiedMeanwhile(before, after)),
        ...(run.code === 0 ? undone(review, did, waves, moved) : []),
      ]
    : everything(did).map((one) => `the preview failed, and yet ${one}`);
  if (wrong.length > 0) throw new Violated("2 what the review said is what happened", wrong.join("; "));
}

/** Who has been copied while an update ran, which may wait for that (`wait` of a wave): nobody could say before that it goes on with them. */
function copiedMeanwhile(
  before: Witnessed["before"],
  { mailboxes }: Witnessed["after"],
): ReadonlySet<string> {
  const copied = mailboxes.filter(({ syncedAt }) => syncedAt !== undefined && syncedAt > before.now);
  return new Set(copied.map(({ emailAddress }) => emailAddress.toLowerCase()));
}

/** The lists with all addresses of those they name: a row may be an alias by now, and the directory tells people by the primary one. */
function byAnyAddress(lists: Waves, entries: Witnessed["before"]["directory"]): Waves {
  const people = entries.map(({ attributes }) =>
    [...(attributes["mail"] ?? []), ...(attributes["proxyAddresses"] ?? [])].map((address) =>
      address.toLowerCase().replace(/^smtp:/, ""),
    ),
  );
  return new Map(
    [...lists].map(([wave, listed]) => [
      wave,
      new Set([...listed, ...people.filter((own) => own.some((address) => listed.has(address))).flat()]),
    ]),
  );
}

/** An update prints two streams: that of its preview, and its own. */
function previewOf(stdout: string): { preview: string; updated: boolean } {
  const lines = stdout.split("\n");
  const preludes = lines.flatMap((line, at) => (line.includes('"preludeEvent":{') ? [at] : []));
  return { preview: lines.slice(0, preludes[1] ?? lines.length).join("\n"), updated: preludes.length > 1 };
}

/** What happened and was not said. */
export function unsaid(
  review: Review,
  did: Happened,
  waves: Waves,
  moved: Moved = nothingMoved,
  copied: ReadonlySet<string> = new Set(),
): string[] {
  const said = new Map(recordsOf(review).map((record) => [keyOf(record), record]));
  const wave = new Map(review.waves.map((one) => [one.wave, one]));
  const again = review.warnings.filter((text) => /by hand, and (?:is|are) added again/.test(text));
  const told = (subject: RegExp) => review.others.some((one) => subject.test(one.subject));
  const ofWave = (name: string) => [...wave.values()].find((one) => isBatchOf(name, one.wave));
  const inWaves = (address: string, names: Iterable<string>) =>
    [...names].some((name) => waves.get(name)?.has(address) === true);
  const converting = review.waves.filter(converts).map((one) => one.wave);
  const licensing = review.licenses.filter(({ verb }) => verb !== "delete").map((one) => one.wave);
  const takingBack = review.licenses
    .filter(({ verb }) => verb === "delete" || verb === "modify")
    .map((one) => one.wave);
  const comers = new Set(
    review.waves.flatMap(({ added, moved }) => [...added, ...moved.map(({ address }) => address)]),
  );
  const leavers = new Set(
    review.waves.flatMap(({ removed, moved }) => [...removed, ...moved.map(({ address }) => address)]),
  );
  return [
    ...did.records.flatMap((set) => {
      const record = said.get(set.key);
      if (record === undefined) return [`${shown(set)} was not said`];
      return moved.records.has(set.key) ? differsBeside(record, set) : differs(record, set, did.zone);
    }),
    ...did.converted
      .filter((address) => !inWaves(address, converting) && !copied.has(address))
      .map((address) => `${address} was converted, which was not said`),
    ...did.telephony
      .filter(() => !told(/^Unified Messaging/))
      .map((address) => `Unified Messaging of ${address} changed, which was not said`),
    ...did.granted
      .filter(() => !told(/^right to write targetAddress/))
      .map((dn) => `the access list of ${dn} changed, which was not said`),
    ...did.entries.map((entry) => `the directory's ${entry} changed, which is never said`),
    ...did.batches.made
      .filter((name) => !["create", "replace", "modify"].includes(ofWave(name)?.verb ?? ""))
      .map((name) => `batch ${name} was made, which was not said`),
    ...did.batches.gone
      .filter((name) => !["delete", "replace", "modify"].includes(ofWave(name)?.verb ?? ""))
      .map((name) => `batch ${name} was deleted, which was not said`),
    ...did.batches.stopped
      .filter((name) => !/Copying is stopped|deleted/.test(ofWave(name)?.meaning.join(" ") ?? ""))
      .map((name) => `batch ${name} was stopped, which was not said`),
    ...did.batches.joined
      .filter((address) => !comers.has(address) && !again.some((text) => text.includes(address)))
      .map((address) => `${address} joined a batch, which was not said`),
    ...did.batches.left
      .filter((address) => !leavers.has(address))
      .map((address) => `${address} left a batch, which was not said`),
    ...did.endpoints
      .filter(() => !told(/^migration endpoint/))
      .map((name) => `endpoint ${name} changed, which was not said`),
    ...did.domains
      .filter(() => !told(/^(domain in the tenant|verification of the domain)/))
      .map((name) => `domain ${name} changed, which was not said`),
    ...did.licensed
      .filter((address) => !inWaves(address, licensing) && !copied.has(address))
      .map((address) => `${address} was licensed, which was not said`),
    ...did.unlicensed
      .filter((address) => !inWaves(address, takingBack))
      .map((address) => `${address} lost a licence, which was not said`),
  ];
}

/** What was said and did not happen, of an update that went well. */
export function undone(review: Review, did: Happened, waves: Waves, moved: Moved = nothingMoved): string[] {
  const changed = new Set(did.records.map(({ key }) => key));
  return [
    // What was not known before may have been there already: a domain that was in the tenant has the proof it had.
    ...recordsOf(review)
      .filter((record) => !record.byHand && !changed.has(keyOf(record)) && !stands(record, did.zone))
      .filter((record) => !moved.records.has(keyOf(record)) || !standsBeside(record, did.zone))
      .map((record) => `${record.verb} ${keyOf(record)} was said and not done`),
    ...review.waves.flatMap(({ wave, verb, converts: count, added, removed }) => {
      const members = waves.get(wave) ?? new Set();
      const converted = did.converted.filter((address) => members.has(address)).length;
      return [
        ...(verb === "delete" &&
        did.batches.there.some((name) => isBatchOf(name, wave) && !moved.batches.has(name))
          ? [`the batch of ${wave} was to be deleted, and is there`]
          : []),
        ...(verb === "create" && added.length > 0 && !did.batches.there.some((name) => isBatchOf(name, wave))
          ? [`the batch of ${wave} was to be made, and is not there`]
          : []),
        ...(count !== null && converted > count
          ? [`${converted} of ${wave} were converted, and ${count} were said`]
          : []),
        ...(verb === "modify" && !isGone(review, wave)
          ? added
              // Who was added by hand before is taken over as they are (docs/architecture.md, adoption).
              .filter((address) => !did.batches.members.includes(address))
              .map((address) => `${address} was to join ${wave}, and did not`)
          : []),
        ...(verb === "modify" && !isGone(review, wave)
          ? removed
              .filter((address) => !did.batches.left.includes(address))
              .map((address) => `${address} was to leave ${wave}, and did not`)
          : []),
      ];
    }),
  ];
}

/** Whether a reviewer was told that nothing comes of a change of the wave's list. */
const isGone = ({ warnings }: Review, wave: string) =>
  warnings.some((text) => text.startsWith(`batch ${wave} is gone from Exchange Online`));

const recordsOf = ({ zones }: Review): RecordChange[] =>
  zones.flatMap(({ records }) => records.filter(({ verb }) => verb !== "adopt"));

/** Whether a set is what it was to become. */
const stands = (record: RecordChange, zone: Happened["zone"]) =>
  fits(record.after, zone.get(keyOf(record)) ?? null);

const converts = ({ converts: count, meaning }: WaveChange) =>
  count !== null || meaning.some((text) => text.startsWith("The conversion goes on"));

/** `wave1` and `wave1-2` of `wave1`. */
const isBatchOf = (name: string, wave: string) =>
  name === wave || (name.startsWith(`${wave}-`) && /^\d+$/.test(name.slice(wave.length + 1)));

function differs(
  { type, before, after, wildcard, byHand }: RecordChange,
  set: ChangedSet,
  zone: Happened["zone"],
): string[] {
  if (byHand) return [`${shown(set)} was to be done by hand`];
  const byWildcard =
    wildcard !== null &&
    set.before === null &&
    fits(before, zone.get(keyOf({ type, name: wildcard })) ?? null);
  return [
    ...(byWildcard || fits(before, set.before)
      ? []
      : [`${set.key} was said to be ${JSON.stringify(before)}, and was ${JSON.stringify(set.before)}`]),
    ...(fits(after, set.after)
      ? []
      : [`${set.key} was to become ${JSON.stringify(after)}, and is ${JSON.stringify(set.after)}`]),
  ];
}

const spelled = (values: readonly (string | null)[]) =>
  values.flatMap((value) => value?.toLowerCase().replace(/\.$/, "") ?? []);

type Sides = { readonly before: RecordSide | Side | null; readonly after: RecordSide | Side | null };

/** What came into a set, and what went out of it. */
function turned({ before, after }: Sides): { readonly came: string[]; readonly went: string[] } {
  const [was, is] = [spelled(before?.values ?? []), spelled(after?.values ?? [])];
  return {
    came: is.filter((value) => !was.includes(value)),
    went: was.filter((value) => !is.includes(value)),
  };
}

/**
 * Of a set that a hand has changed, a plain preview knows what it was before (docs/review.md, "goes by the state"): what came is
 * what it said would stand there, what went is what it said would go, and the rest is left as the hand has made it.
 */
function differsBeside(record: RecordChange, set: ChangedSet): string[] {
  const [said, did] = [turned(record), turned(set)];
  const told = record.after === null || !record.after.values.includes(null);
  const standing = spelled(record.after?.values ?? []);
  const unsaidCame = told ? did.came.filter((value) => !standing.includes(value)) : [];
  const unsaidWent = did.went.filter((value) => !said.went.includes(value));
  const ttl = record.before?.ttl === record.after?.ttl && set.before !== null && set.after !== null;
  return record.byHand ||
    unsaidCame.length + unsaidWent.length > 0 ||
    (ttl && set.before?.ttl !== set.after?.ttl)
    ? [`${shown(set)} was not said of a set that was changed by hand`]
    : [];
}

/** Whether such a set has what was to come, and has not what was to go. */
function standsBeside(record: RecordChange, zone: Happened["zone"]): boolean {
  const { came, went } = turned(record);
  const there = spelled(zone.get(keyOf(record))?.values ?? []);
  return came.every((value) => there.includes(value)) && !went.some((value) => there.includes(value));
}

/** Whether a side is as it was said; what was not known before may be anything. */
function fits(said: RecordSide | null, side: Side | null): boolean {
  if (said === null || side === null) return said === side;
  if (said.ttl !== null && said.ttl !== side.ttl) return false;
  const expected = spelled(said.values);
  const there = spelled(side.values);
  return (
    expected.every((value) => there.includes(value)) &&
    (said.values.includes(null) || there.length === expected.length)
  );
}

const shown = ({ key, before, after }: ChangedSet) =>
  `${key}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;

function everything(did: Happened): string[] {
  const { records, zone: _, batches: all, ...rest } = did;
  const { there: __, members: ___, ...batches } = all;
  return [
    ...records.map(shown),
    ...Object.entries({ ...rest, ...batches }).flatMap(([what, names]) =>
      names.map((name) => `${what}: ${name}`),
    ),
  ];
}
