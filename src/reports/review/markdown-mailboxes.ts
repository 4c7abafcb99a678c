import { count, counted, mailboxes } from "../../base/words.js";
import { code, folded, table, text } from "./markdown-text.js";
import type { Review, WaveChange } from "./model.js";

/** What happens to mailboxes: a row for each wave, what it means, and who comes and goes, folded. */
export function waves({ waves: changes }: Review, most: number): string {
  if (changes.length === 0) return "";
  const rows = changes.map((wave) => [
    code(wave.wave),
    phaseOf(wave),
    wave.verb === "delete" ? "**deleted**" : mailboxChange(wave),
    number(wave.added.length, "+"),
    number(wave.removed.length, "−"),
    number(wave.moved.length, ""),
    wave.converts === null ? "" : count(wave.converts),
  ]);
  return [
    "### Mailboxes",
    table(["Wave", "Phase", "Mailboxes", "Added", "Removed", "Moved", "Become mail users"], rows),
    changes
      .flatMap(({ wave, meaning }) =>
        meaning.length === 0 ? [] : [`- ${code(wave)}: ${text(meaning.join(" "))}`],
      )
      .join("\n"),
    ...changes.flatMap((wave) => waveLists(wave, most)),
  ].join("\n\n");
}

const number = (value: number, sign: string) => (value === 0 ? "" : `${sign}${count(value)}`);

function phaseOf({ phase: { from, to } }: WaveChange): string {
  return from === to || from === null || to === null ? text(to ?? from ?? "") : `${text(from)} → ${text(to)}`;
}

function mailboxChange({ mailboxes: { before, after } }: WaveChange): string {
  return before === after || before === 0 ? count(after) : `${count(before)} → ${count(after)}`;
}

function waveLists({ wave, added, removed, moved, batches }: WaveChange, most: number): string[] {
  const name = text(wave);
  return [
    ...(batches.length === 0
      ? []
      : [
          `${name} is ${counted(batches.length, "migration batch", "migration batches")}, at most 2,000 mailboxes each: ${batches.map((batch) => `${code(batch.name)} (${count(batch.mailboxes)})`).join(", ")}.`,
        ]),
    ...(added.length === 0
      ? []
      : [folded(`${mailboxes(added.length)} added to ${name}`, added.map(code), most)]),
    ...(removed.length === 0
      ? []
      : [folded(`${mailboxes(removed.length)} removed from ${name}`, removed.map(code), most)]),
    ...(moved.length === 0
      ? []
      : [
          folded(
            `${mailboxes(moved.length)} moved to ${name}`,
            moved.map(({ address, from, to }) => `${code(address)} (${code(from)} → ${code(to)})`),
            most,
          ),
        ]),
  ];
}

/** What happens to licences, a row for each wave. */
export function licenses({ licenses: changes }: Review): string {
  if (changes.length === 0) return "";
  return [
    "### Licences",
    table(
      ["Wave", "Licence", "Mailboxes", "Have it", "Seats left", "What happens"],
      changes.map(({ wave, license, mailboxes: needed, licensed, seatsLeft, meaning }) => [
        code(wave),
        code(license),
        count(needed),
        count(licensed),
        seatsLeft === null ? "not counted" : count(seatsLeft),
        text(meaning),
      ]),
    ),
  ].join("\n\n");
}
