import { are, count, counted, mailboxes, were } from "../../base/words.js";
import { mailboxesByBatch } from "../../state/batch-mailboxes.js";
import { readResource } from "../../state/read-resource.js";
import type { Step } from "../shared/preview.js";
import type { WaveChange } from "./model.js";
import { isPartOfReplacement } from "./record-set-sides.js";
import { sameInputs } from "./same-inputs.js";
import { batchMeaning, continuedConversion, convertible, leftOut, snapshotOf } from "./wave-meaning.js";

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
    before: readResource("Stage", stage?.before).phases ?? {},
    after: readResource("Stage", stage?.after).phases ?? {},
  };
  const homes = { before: homesOf(steps, "before"), after: homesOf(steps, "after") };
  const dangers: string[] = [];
  const waves: WaveChange[] = [];
  for (const wave of sorted(new Set(steps.flatMap((step) => waveOf(step) ?? [])))) {
    const ofWave = steps.filter((step) => waveOf(step) === wave && !isPartOfReplacement(step.op));
    const batch = ofWave.find(({ kind }) => kind === "MigrationBatch");
    const conversion = ofWave.find(({ kind }) => kind === "MailUserConversion");
    const change = waveChange(wave, batch, conversion, phases, homes);
    if (change !== undefined) waves.push(change);
    dangers.push(...dangersOf(wave, batch, change));
  }
  return { waves, dangers };
}

function waveOf({ kind, before, after }: Step): string | undefined {
  if (kind !== "MigrationBatch" && kind !== "MailUserConversion") return undefined;
  return readResource("MigrationBatch", after ?? before).wave;
}

type Homes = ReadonlyMap<string, { readonly wave: string; readonly batch: string }>;

/** In which migration batch each address is, on one side of the change. */
function homesOf(steps: readonly Step[], side: "before" | "after"): Homes {
  const homes = new Map<string, { wave: string; batch: string }>();
  for (const step of steps) {
    if (
      step.kind !== "MigrationBatch" ||
      isPartOfReplacement(step.op) ||
      (side === "after" && step.op === "delete")
    )
      continue;
    const { wave = step.name, domain = "", ...batches } = readResource("MigrationBatch", step[side]);
    for (const [batch, own] of Object.entries(mailboxesByBatch(wave, batches)))
      for (const address of own.addresses(domain)) homes.set(address, { wave, batch });
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
  const remembered = batch?.op === "create" && readResource("MigrationBatch", batch.after).retired === true;
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
          `${counted(converts, "mailbox on premises becomes a mail-enabled user", "mailboxes on premises become mail-enabled users")}, each when its copy is synced${leftOut(conversion, converts)}. This cannot be undone by reverting; a snapshot of every user is taken first${snapshotOf(conversion)}.`,
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

function dangersOf(wave: string, batch: Step | undefined, change: WaveChange | undefined): string[] {
  const { synced = 0, total = 0, uncopied = 0 } = readResource("MigrationBatch", batch?.outputsBefore);
  // Stands there although nothing of the wave changes: until it is settled nobody of it is licensed or converted.
  if (uncopied > 0 && batch?.op !== "delete")
    return [
      `migration batch ${wave} is gone from Exchange Online, and ${mailboxes(uncopied)} of it ${were(uncopied)} never copied`,
    ];
  if (batch === undefined || change === undefined) return [];
  if (change.verb === "delete")
    return [`migration batch ${wave} is deleted: ${count(synced)} of ${mailboxes(total)} synced`];
  if (change.verb === "replace")
    return [
      `migration batch ${wave} is replaced (${batch.replaceReasons.join(", ") || "its definition changed"}): ${mailboxes(total)} ${are(total)} copied from the beginning`,
    ];
  if (change.removed.length > 0)
    return [
      `${counted(change.removed.length, "mailbox leaves", "mailboxes leave")} wave ${wave} and ${are(change.removed.length)} no longer copied`,
    ];
  return [];
}
