import { utcMinute } from "../../base/dates.js";
import { plainLine, shortened } from "../../base/plain.js";
import { count, counted, duration, mailboxes } from "../../base/words.js";
import type { Status, TimelineStage, WaveStatusLine } from "./model.js";

/** How a piece of text is to look; a terminal without colours leaves it as it is. */
export type Tone = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";
/** Puts text in a tone. */
export type Paint = (tone: Tone, text: string) => string;

const barWidth = 24;
const minute = (iso: string) => utcMinute(new Date(iso));

/** The status for a terminal of at least 80 columns. Nothing in the data moves the cursor or changes colours. */
export function statusText(status: Status, paint: Paint): string {
  const { domain, stage, summary, asOf, live, notAsked } = status;
  const lines = [
    paint("bold", `${plainLine(domain ?? "no domain yet")}${stage === null ? "" : `: stage ${stage}`}`),
    plainLine(summary),
    paint(
      "dim",
      live
        ? `asked ${minute(asOf)}`
        : `${stage === null ? "nothing is applied" : `as of the last update, ${minute(asOf)}`}; --live asks the services`,
    ),
    ...notAsked.map((line) => paint("yellow", `could not be asked: ${plainLine(line)}`)),
    "",
    ...status.timeline.map((entry) => stageLine(entry, paint)),
    ...section("Waves", wavesOf(status, paint), paint),
    ...section("Mail", mailOf(status, paint), paint),
    ...section("Clocks", clocksOf(status, paint), paint),
    ...section("Failures", failuresOf(status, paint), paint),
    ...section(
      "Waivers",
      status.waivers.map(({ gate, reason }) => paint("yellow", plainLine(`${gate}: ${reason}`))),
      paint,
    ),
    ...section("Next", status.next.map(plainLine), paint),
  ];
  return `${lines.join("\n")}\n`;
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ["", paint("bold", title), ...lines.map((line) => `  ${line}`)];
}

function stageLine({ stage, state, since, meaning }: TimelineStage, paint: Paint): string {
  const name = stage.padEnd(9);
  const when = since === null ? "" : `  ${minute(since)}`;
  switch (state) {
    case "done":
      return `  ${paint("green", "✓")} ${name}${paint("dim", `${meaning}${when}`)}`;
    case "current":
      return `  ${paint("cyan", "▶")} ${paint("bold", name)}${meaning}${paint("dim", when)}`;
    case "ahead":
      return `  ${paint("dim", `· ${name}${meaning}`)}`;
  }
}

/** A bar of blocks: what is done, what failed, what is open. */
function bar({ mailboxes: total, synced, failed }: WaveStatusLine, paint: Paint): string {
  const cells = (part: number) => (total === 0 ? 0 : Math.floor((part / total) * barWidth));
  const bad = failed > 0 ? Math.max(1, cells(failed)) : 0;
  const done = Math.min(cells(synced), barWidth - bad);
  return (
    paint("green", "█".repeat(done)) +
    paint("red", "█".repeat(bad)) +
    paint("dim", "░".repeat(barWidth - done - bad))
  );
}

function wavesOf({ waves }: Status, paint: Paint): string[] {
  const width = Math.max(4, ...waves.map(({ wave }) => wave.length));
  return waves.flatMap((wave) => {
    const { synced, mailboxes: total, failed, status, expectedEnd, converted, licensed, phase } = wave;
    const end = expectedEnd === null ? "" : `, done about ${minute(expectedEnd)}`;
    return [
      `${plainLine(wave.wave).padEnd(width)}  ${bar(wave, paint)}  ${count(synced)} of ${mailboxes(total)} copied${failed > 0 ? paint("red", `, ${count(failed)} failed`) : ""}${end}`,
      `${" ".repeat(width)}  ${paint("dim", `${plainLine(status)}, ${plainLine(phase ?? "no phase")}; ${count(converted)} converted, ${count(licensed)} licensed`)}`,
    ];
  });
}

function mailOf({ mail }: Status, paint: Paint): string[] {
  if (mail.mx === null) return [];
  const tone = mail.goesTo === "Microsoft 365" ? "green" : mail.goesTo === "elsewhere" ? "red" : "cyan";
  return [
    `goes to ${paint(tone, mail.goesTo)}: MX ${mail.mx.values.map(plainLine).join(", ")}, TTL ${duration(mail.mx.ttl)}`,
    ...mail.seen.map(({ server, role, values, ttl, error }) =>
      paint(
        "dim",
        `${plainLine(server)} (${role}): ${error === null ? `${values.map(plainLine).join(", ") || "nothing"}${ttl === null ? "" : `, ${duration(ttl)}`}` : plainLine(error)}`,
      ),
    ),
  ];
}

function clocksOf({ clocks }: Status, paint: Paint): string[] {
  return clocks.map(({ name, over, left, until, deadline }) =>
    over
      ? paint("dim", `✓ ${plainLine(name)}: over since ${minute(until)}`)
      : `${paint(deadline ? "red" : "yellow", "◷")} ${plainLine(name)}: ${duration(left)} left, until ${minute(until)}`,
  );
}

function failuresOf({ failures }: Status, paint: Paint): string[] {
  return failures.flatMap(({ cause, remedy, count: number, examples, waves }) => [
    `${paint("red", count(number))} ${plainLine(cause)} (${waves.map(plainLine).join(", ")})`,
    `  ${plainLine(remedy)}.`,
    paint(
      "dim",
      `  ${examples.map((name) => shortened(plainLine(name), 60)).join(", ")}${number > examples.length ? ` and ${counted(number - examples.length, "other")}` : ""}`,
    ),
  ]);
}
