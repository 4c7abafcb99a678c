import { count, mailboxes } from "../../base/words.js";
import { mailboxesByBatch } from "../../contracts/batch-mailboxes.js";
import { type Found, found } from "../../contracts/found.js";
import { contracts } from "../../contracts/index.js";
import { inPlace } from "../../snapshots/place.js";
import type { Properties, Step } from "../shared/engine-output.js";
import type { LicenseChange, WaveChange } from "./model.js";

const sorted = (items: Iterable<string>) =>
  [...items].sort((left, right) => left.localeCompare(right, "en", { numeric: true }));

interface Phases {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

/** What happens to each wave, by name. */
export function waveChanges(steps: readonly Step[]): { waves: WaveChange[]; dangers: string[] } {
  const stage = steps.find(({ kind }) => kind === "Stage");
  const phases: Phases = {
    before: found("Stage", stage?.before).batches ?? {},
    after: found("Stage", stage?.after).batches ?? {},
  };
  const homes = { before: homesOf(steps, "before"), after: homesOf(steps, "after") };
  const dangers: string[] = [];
  const waves: WaveChange[] = [];
  for (const wave of sorted(new Set(steps.flatMap((step) => waveOf(step) ?? [])))) {
    const ofWave = steps.filter((step) => waveOf(step) === wave && isMain(step));
    const batch = ofWave.find(({ kind }) => kind === "MigrationBatch");
    const conversion = ofWave.find(({ kind }) => kind === "MailUserConversion");
    const change = waveChange(wave, batch, conversion, phases, homes);
    if (change !== undefined) waves.push(change);
    dangers.push(...dangersOf(wave, batch, change));
  }
  return { waves, dangers };
}

const isMain = ({ op }: Step) => op !== "create-replacement" && op !== "delete-replaced";

function waveOf({ kind, before, after }: Step): string | undefined {
  if (kind !== "MigrationBatch" && kind !== "MailUserConversion") return undefined;
  return found("MigrationBatch", after ?? before).wave;
}

type Homes = ReadonlyMap<string, { readonly wave: string; readonly batch: string }>;

/** In which migration batch each address is, on one side of the change. */
function homesOf(steps: readonly Step[], side: "before" | "after"): Homes {
  const homes = new Map<string, { wave: string; batch: string }>();
  for (const step of steps) {
    if (step.kind !== "MigrationBatch" || !isMain(step) || (side === "after" && step.op === "delete"))
      continue;
    const { wave = step.name, domain = "", ...batches } = found("MigrationBatch", step[side]);
    for (const [batch, locals] of Object.entries(mailboxesByBatch(wave, batches)))
      for (const local of locals) homes.set(`${local}@${domain}`, { wave, batch });
  }
  return homes;
}

function waveChange(
  wave: string,
  batch: Step | undefined,
  conversion: Step | undefined,
  phases: Phases,
  homes: { before: Homes; after: Homes },
): WaveChange | undefined {
  // From retire on a wave on the way back only remembers that its batch is gone.
  const remembered = batch?.op === "create" && found("MigrationBatch", batch.after).retired === true;
  const batchVerb = remembered ? "continue" : verbOf(batch);
  const converts = conversion?.op === "create" ? convertible(conversion, batch) : null;
  const continued = conversion?.op === "update" ? conversion : undefined;
  if (batchVerb === undefined && converts === null && continued === undefined && conversion?.op !== "delete")
    return undefined;

  const inWave = (side: Homes) => [...side].filter(([, home]) => home.wave === wave);
  const had = inWave(homes.before);
  const has = inWave(homes.after);
  const moved = has.flatMap(([address, home]) => {
    const from = homes.before.get(address);
    return from !== undefined && from.batch !== home.batch
      ? [{ address, from: from.batch, to: home.batch }]
      : [];
  });
  const added = remembered
    ? []
    : has.filter(([address]) => !homes.before.has(address)).map(([address]) => address);
  // A deleted batch takes no mailbox away: its mailboxes were migrated, and stay where they are.
  const removed =
    batchVerb === "delete"
      ? []
      : had.filter(([address]) => !homes.after.has(address)).map(([address]) => address);
  const sizes = new Map<string, number>();
  for (const [, home] of has) sizes.set(home.batch, (sizes.get(home.batch) ?? 0) + 1);
  const meaning = [
    ...batchMeaning(batch, batchVerb, { added, removed, has }),
    ...(converts === null
      ? []
      : [
          `${mailboxes(converts)} on premises become mail-enabled users, each when its copy is synced${leftOut(conversion, converts)}. This cannot be undone by reverting; a snapshot of every user is taken first${snapshotOf(conversion)}.`,
        ]),
    ...(continued === undefined ? [] : continuedConversion(continued)),
    ...(conversion?.op === "delete"
      ? [
          `Users who were converted stay mail users; mailstage restore writes back what they had${snapshotOf(conversion)}.`,
        ]
      : []),
  ];
  const phase = { from: phases.before[wave] ?? null, to: phases.after[wave] ?? null };
  // What a batch is told about the way of mail, so that its deletion can be guarded, moves no mailbox.
  if (meaning.length === 0 && moved.length === 0 && phase.from === phase.to) return undefined;
  return {
    wave,
    verb: batchVerb ?? (converts === null ? "continue" : "modify"),
    phase,
    mailboxes: {
      before: remembered ? has.length : had.length,
      after: batchVerb === "delete" ? 0 : has.length,
    },
    batches: sizes.size > 1 ? [...sizes].map(([name, size]) => ({ name, mailboxes: size })) : [],
    added: sorted(added),
    removed: sorted(removed),
    moved: moved.sort((left, right) => left.address.localeCompare(right.address, "en")),
    converts,
    meaning,
  };
}

/** How many mailboxes a conversion that begins takes: those that failed stay as they are, unless the plan names them. */
function convertible(conversion: Step, batch: Step | undefined): number {
  const { mailboxes: listed = 0, convert = [] } = found("MailUserConversion", conversion.after);
  const { failed = 0 } = found("MigrationBatch", batch?.outputsBefore);
  return Math.min(listed, listed - failed + convert.length);
}

function leftOut(conversion: Step | undefined, converts: number): string {
  const { mailboxes: listed = 0 } = found("MailUserConversion", conversion?.after);
  return converts >= listed ? "" : `; the ${count(listed - converts)} that failed stay as they are`;
}

function continuedConversion(step: Step): string[] {
  const { converted = 0, waiting = 0, skippedCount = 0 } = found("MailUserConversion", step.outputsBefore);
  const { report, cloudCsv } = found("MailUserConversion", step.outputsBefore);
  const left = skippedCount === 0 ? "" : `, ${count(skippedCount)} were left as they are`;
  return [
    `The conversion goes on: ${mailboxes(converted)} done, ${count(waiting)} were waiting for their copy${left}.`,
    ...(report === undefined
      ? []
      : [
          `How each stands is written anew to ${report}${cloudCsv === undefined ? "" : `, their addresses in the cloud to ${cloudCsv}`}.`,
        ]),
  ];
}

/** Where the former attributes of a wave's users are, in brackets; empty where it is not known. */
function snapshotOf(conversion: Step | undefined): string {
  const { wave, snapshots } = found("MailUserConversion", conversion?.after ?? conversion?.before);
  const { snapshot } = found("MailUserConversion", conversion?.outputsBefore);
  const file = snapshot ?? (snapshots === undefined ? undefined : inPlace(snapshots, `${wave}.jsonl`));
  return file === undefined ? "" : ` (${file})`;
}

function verbOf(step: Step | undefined): WaveChange["verb"] | undefined {
  switch (step?.op) {
    case undefined:
    case "same":
    case "read":
      return undefined;
    case "create":
    case "import":
      return "create";
    case "delete":
      return "delete";
    case "replace":
      return "replace";
    default:
      return step !== undefined && sameInputs(step) ? "continue" : "modify";
  }
}

/** Whether nothing but progress is behind an update. What an update ignores is no difference. */
export function sameInputs({ kind, before, after }: Step): boolean {
  return canonical(telling(kind, before)) === canonical(telling(kind, after));
}

/** The properties whose change is a change of the resource. */
export function telling(kind: Step["kind"], properties: Properties | undefined): Properties | undefined {
  if (kind === undefined || properties === undefined) return properties;
  const ignored = new Set<string>(contracts[kind].ignoreChanges);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !ignored.has(key)));
}

/** JSON with sorted keys, so that order is no difference. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

function batchMeaning(
  step: Step | undefined,
  verb: WaveChange["verb"] | undefined,
  { added, removed, has }: { added: readonly string[]; removed: readonly string[]; has: readonly unknown[] },
): string[] {
  if (step === undefined || verb === undefined) return [];
  const before = found("MigrationBatch", step.before);
  const after = found("MigrationBatch", step.after);
  const state = found("MigrationBatch", step.outputsBefore);
  if (step.op === "create" && verb === "continue")
    return [
      "Its migration batch was deleted at stage retire and is not made again; its mailboxes are in Microsoft 365, and nothing is copied anew.",
    ];
  switch (verb) {
    case "create":
      return [
        after.started === true
          ? `${mailboxes(has.length)} start copying to Microsoft 365; users go on working on premises.`
          : `${mailboxes(has.length)} are listed in a migration batch that is not started yet.`,
      ];
    case "delete":
      return [
        `The migration batch is deleted (${mailboxes(state.synced ?? 0)} synced). Mail that still arrives on premises is copied no more.`,
      ];
    case "replace":
      return ["The migration batch is deleted and made anew: every mailbox is copied from the beginning."];
    case "continue":
      return [
        `The copy goes on: ${count(state.synced ?? 0)} of ${mailboxes(state.total ?? 0)} synced${(state.failed ?? 0) > 0 ? `, ${count(state.failed ?? 0)} failed` : ""} at the last update.`,
      ];
    default:
      return [
        ...(before.started === false && after.started === true
          ? [`${mailboxes(has.length)} start copying to Microsoft 365; users go on working on premises.`]
          : []),
        ...(after.started === false ? stopped(before.started === true, state, added.length > 0) : []),
        ...((after.retryFailed ?? 0) > (before.retryFailed ?? 0)
          ? [
              `The ${mailboxes(state.failed ?? 0)} that failed ${state.failed === 1 ? "is" : "are"} tried again.`,
            ]
          : []),
        ...(added.length > 0 ? [`${mailboxes(added.length)} more to be copied.`] : []),
        ...(canonical(before.notificationEmails) === canonical(after.notificationEmails)
          ? []
          : ["Exchange mails other people about the progress."]),
        ...(removed.length > 0
          ? [
              `${mailboxes(removed.length)} are no longer copied; what was copied of them stays in Microsoft 365.`,
            ]
          : []),
      ];
  }
}

/** What it means that a wave is not to be started: before its first start, nothing. */
function stopped(was: boolean, { status = "Created" }: Found<"MigrationBatch">, more: boolean): string[] {
  const began = !["Created", "Stopped", "Removed", "Removing"].includes(status);
  if (!was) return more && began ? ["Copying is stopped."] : [];
  return status === "Synced" || status === "SyncedWithErrors"
    ? ["Copying is stopped. What is copied stays; its users are licensed and converted no further."]
    : ["Copying is stopped."];
}

function dangersOf(wave: string, batch: Step | undefined, change: WaveChange | undefined): string[] {
  const { synced = 0, total = 0, uncopied = 0 } = found("MigrationBatch", batch?.outputsBefore);
  // Stands there although nothing of the wave changes: until it is settled nobody of it is licensed or converted.
  if (uncopied > 0 && batch?.op !== "delete")
    return [
      `migration batch ${wave} is gone from Exchange Online, and ${mailboxes(uncopied)} of it were never copied`,
    ];
  if (batch === undefined || change === undefined) return [];
  if (change.verb === "delete")
    return [`migration batch ${wave} is deleted: ${count(synced)} of ${mailboxes(total)} synced`];
  if (change.verb === "replace")
    return [
      `migration batch ${wave} is replaced (${batch.replaceReasons.join(", ") || "its definition changed"}): ${mailboxes(total)} are copied from the beginning`,
    ];
  if (change.removed.length > 0)
    return [`${mailboxes(change.removed.length)} leave wave ${wave} and are no longer copied`];
  return [];
}

/** How the licences of each wave change. */
export function licenseChanges(steps: readonly Step[], seatsLeft: number | null): LicenseChange[] {
  return steps
    .filter((step) => step.kind === "LicenseAssignment" && step.op !== "same" && isMain(step))
    .map((step) => licenseChange(step, seatsLeft))
    .sort((left, right) => left.wave.localeCompare(right.wave, "en", { numeric: true }));
}

function licenseChange(step: Step, seatsLeft: number | null): LicenseChange {
  const props = found("LicenseAssignment", step.after ?? step.before);
  const { licensed = 0 } = found("LicenseAssignment", step.outputsBefore);
  const needed = props.mailboxes ?? 0;
  const verb =
    step.op === "create"
      ? "create"
      : step.op === "delete"
        ? "delete"
        : sameInputs(step)
          ? "continue"
          : "modify";
  const meanings: Record<LicenseChange["verb"], string> = {
    create: `${mailboxes(needed)} are licensed, each when it has arrived in Microsoft 365.`,
    modify: `Licences are assigned anew: ${changedLicenses(step.before, step.after)}.`,
    delete: `mailstage no longer keeps these licences; users have them still unless the plan says removeOnDestroy.`,
    continue: `Licensing goes on: ${count(licensed)} of ${mailboxes(needed)} have it.`,
  };
  return {
    wave: props.wave ?? step.name,
    verb,
    license: licenseName(props.licenses),
    mailboxes: needed,
    licensed,
    seatsLeft,
    meaning: meanings[verb],
  };
}

const licenseName = (licenses: { sku: string } | { group: string } | undefined) =>
  licenses === undefined ? "unknown" : "sku" in licenses ? licenses.sku : `group ${licenses.group}`;

function changedLicenses(before: Properties | undefined, after: Properties | undefined): string {
  const [old, now] = [found("LicenseAssignment", before), found("LicenseAssignment", after)];
  const [from, to] = [licenseName(old.licenses), licenseName(now.licenses)];
  if (from !== to) return `${to} instead of ${from}; the former licence stays`;
  return `${mailboxes(now.mailboxes ?? 0)} instead of ${count(old.mailboxes ?? 0)}`;
}
