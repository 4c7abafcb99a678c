import type { Recorded } from "./recording.js";

/** How far two engines agree on one walk. */
export interface Agreement {
  /** What was compared: commands, and in them calls, resources of states, and steps. */
  readonly size: {
    readonly commands: number;
    readonly calls: number;
    readonly resources: number;
    readonly steps: number;
  };
  /** One line for each thing that one of them has otherwise. */
  readonly differences: readonly string[];
}

const total = (records: readonly Recorded[], count: (record: Recorded) => number) =>
  records.reduce((sum, record) => sum + count(record), 0);

/** Compares what the real engine did with what ours did. */
export function compare(real: readonly Recorded[], ours: readonly Recorded[]): Agreement {
  const commands = (records: readonly Recorded[]) => records.map(({ command }) => command);
  const differences = [
    ...linesOf("the walk", "commands", commands(real), commands(ours)),
    ...real.flatMap((record, index) => {
      const own = ours[index];
      if (own === undefined) return [];
      const at = `${index + 1}. ${record.command}`;
      return [
        ...(record.succeeded === own.succeeded
          ? []
          : [`${at}: succeeded: real ${record.succeeded}, ours ${own.succeeded}`]),
        ...linesOf(at, "calls", callLines(record), callLines(own)),
        ...linesOf(at, "said", saidLines(record), saidLines(own)),
        ...(["state", "previewed", "done"] as const).flatMap((part) =>
          linesOf(at, part, record[part], own[part]),
        ),
      ];
    }),
  ];
  return {
    size: {
      commands: real.length,
      calls: total(real, ({ calls }) => Object.values(calls).reduce((sum, count) => sum + count, 0)),
      resources: total(real, ({ state }) => state.length),
      steps: total(real, ({ previewed, done }) => previewed.length + done.length),
    },
    differences,
  };
}

/** Reads and sign-ins that several resources share, and the service's time while it is fresh: how many there are follows from who comes when. */
const read =
  /^(?:in a batch )?(?:\w+ GET |authority POST |exchange (?:Get|Test)-|dns queries|directory (?:bind|search))/;

/**
 * A refusal ends the program, and how far others, asked beside the one that refuses, have come by then follows from the engine's
 * speed: what they read and warn of is left out then. What is written, refused, planned and kept is the same.
 */
const callLines = ({ calls, succeeded }: Recorded) =>
  Object.entries(calls).flatMap(([route, count]) =>
    read.test(route) ? (succeeded ? [route] : []) : [`${route} ×${count}`],
  );

const saidLines = ({ said, succeeded }: Recorded) =>
  succeeded ? said : said.filter((line) => !line.startsWith("warning:"));

/** What only one of them has, each line with as much around the first difference as tells it. */
function linesOf(at: string, part: string, real: readonly string[], ours: readonly string[]): string[] {
  const missing = without(real, ours);
  const extra = without(ours, real);
  return missing
    .map((line, index) => {
      const other = extra[index];
      const from = other === undefined ? 0 : Math.max(0, firstDifference(line, other) - 60);
      return `${at}: ${part}:\n  real ${line.slice(0, 110)} … ${line.slice(from, from + 200)}\n  ours ${(other ?? "nothing").slice(from, from + 200)}`;
    })
    .concat(
      extra
        .slice(missing.length)
        .map((line) => `${at}: ${part}:\n  real nothing\n  ours ${line.slice(0, 300)}`),
    );
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
