import { type Problem, throwIfAny } from "../../base/problem.js";
import { counted } from "../../base/words.js";
import { longestName } from "../wave-plan.js";

/** Most rows one migration batch's CSV may have (Microsoft's procedure, "Create a list of mailboxes to migrate", checked 2026-11). */
export const rowsPerBatch = 2000;
/** The most batches a wave can have: 100 of 2,000 rows each is the limit of a tenant. */
const batchesPerWave = 100;

/**
 * Splits a wave into migration batches named `wave`, `wave-2`, `wave-3`, …, each of at most `limit` mailboxes.
 *
 * A mailbox that was assigned before stays in its batch, whatever comes or goes: moving it would migrate it again. New
 * ones fill, in their order, the first batch with room, those of `previous` before new ones; a batch left empty
 * is not in the result, and the others keep their names. The same input gives the same result, and the result
 * given back as `previous` gives itself.
 *
 * @param wave its name
 * @param addresses the wave's mailboxes in the file's order, normalized; a repeated one counts once
 * @param previous the last result for this wave; names that are not this wave's are passed over
 * @param limit most mailboxes of one batch
 * @returns mailboxes by batch name, sorted; batches in the order of their numbers
 * @throws MailstageError `batch-name-too-long` where the name leaves no room for a number it needs
 */
export function assignBatches(
  wave: string,
  addresses: readonly string[],
  previous: Readonly<Record<string, readonly string[]>>,
  limit = rowsPerBatch,
): Record<string, string[]> {
  const waiting = new Set(addresses);
  const parts = new Map<number, string[]>();
  for (const [number, members] of knownBatches(wave, previous)) {
    const kept: string[] = [];
    for (const address of members) if (kept.length < limit && waiting.delete(address)) kept.push(address);
    parts.set(number, kept);
  }
  const open = [...parts].filter(([, kept]) => kept.length < limit);
  for (const address of waiting) {
    let target = open[0];
    if (target === undefined) {
      target = [lowestFreeNumber(parts), []];
      parts.set(...target);
      open.push(target);
    }
    target[1].push(address);
    if (target[1].length === limit) open.shift();
  }
  const used = [...parts].filter(([, members]) => members.length > 0).sort(([one], [other]) => one - other);
  throwIfAny(used.flatMap(([number]) => nameProblem(wave, number)));
  return Object.fromEntries(used.map(([number, members]) => [batchName(wave, number), members.sort()]));
}

/**
 * Whether a migration batch may be one that `assignBatches` made for a wave, where no state says which they are. A number beyond
 * what a wave of 200,000 mailboxes needs, as in `sales-2024`, is not ours.
 */
export function mayBeBatchOf(wave: string, name: string): boolean {
  const [own, other] = [wave.toLowerCase(), name.toLowerCase()];
  if (other === own) return true;
  const number = other.startsWith(`${own}-`) ? other.slice(own.length + 1) : "";
  return /^[1-9]\d*$/.test(number) && Number(number) > 1 && Number(number) <= batchesPerWave;
}

/** Every name that a batch of a wave can have. */
export function possibleBatchNames(wave: string): string[] {
  return Array.from({ length: batchesPerWave }, (_, index) => batchName(wave, index + 1));
}

function batchName(wave: string, number: number): string {
  return number === 1 ? wave : `${wave}-${number}`;
}

/** The batches of this wave in `previous`, by number. */
function knownBatches(
  wave: string,
  previous: Readonly<Record<string, readonly string[]>>,
): [number: number, members: readonly string[]][] {
  return Object.entries(previous)
    .map(([name, members]): [number, readonly string[]] => {
      const number = name === wave ? 1 : Number(name.slice(wave.length + 1));
      return [Number.isSafeInteger(number) && batchName(wave, number) === name ? number : 0, members];
    })
    .filter(([number]) => number > 0)
    .sort(([one], [other]) => one - other);
}

function lowestFreeNumber(parts: ReadonlyMap<number, unknown>): number {
  let number = 1;
  while (parts.has(number)) number++;
  return number;
}

function nameProblem(wave: string, number: number): Problem[] {
  const name = batchName(wave, number);
  if (name.length <= longestName) return [];
  return [
    {
      code: "batch-name-too-long",
      subject: `wave ${wave}`,
      reason: `has so many mailboxes that it needs a further batch named ${name}, longer than ${longestName} characters`,
      hint: `Choose a name of at most ${counted(longestName - name.length + wave.length, "character")}`,
    },
  ];
}
