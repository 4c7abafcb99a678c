import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stages } from "../../src/plan/index.js";
import type { Drawn } from "./command.js";
import { keptText, readKept } from "./kept.js";
import { drawShape, type Shape, typedShape } from "./shape.js";
import { fails, shorten } from "./shrink.js";
import { Visits } from "./visits.js";
import { draw, oftener, walk } from "./walk.js";
import { serveWalks, walkAll } from "./workers.js";

const help = `Random migrations against the judge (test/walk/README.md)

  npm run walk                       25 walks of 30 steps, with seeds of today
  npm run walk -- --long             1000 walks, what was visited, and what never was

  --walks N      how many
  --minutes N    none is begun later than that
  --steps N      how many commands each                                     [30]
  --from SEED    the first seed
  --seed SEED    one walk
  --kept FILE    the walk that is written there; several, one after the other
  --often NAME   a command that comes twenty times as often; several
  --commands     print each command as a person would type it (one walk)
  --real         on the real engine (one walk)
  --visits       print what was visited, and what never was
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string" },
    kept: { type: "string", multiple: true },
    walks: { type: "string" },
    minutes: { type: "string" },
    steps: { type: "string", default: "30" },
    often: { type: "string", multiple: true, default: [] },
    commands: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    visits: { type: "boolean", default: false },
    worker: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const drawn = (seed: number, steps: number) => draw(seed, steps, oftener(values.often));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const failures = resolve(__dirname, "../../.mailstage/walk");

/** Makes a walk that fails as short as it still does, prints it, and writes it where it can be kept from. */
async function tell(seed: number, begins: Shape, drawn: readonly Drawn[], failure: string): Promise<void> {
  say(`seed ${seed} fails: ${failure}`);
  const failing = await fails(seed, begins, drawn);
  if (failing === undefined) return say("done again, it does not fail");
  const { walked, ...shortest } = await shorten(seed, failing);
  say(`as short as it gets: ${walked.failure}`);
  say(`  ${typedShape(shortest.begins)}`);
  for (const line of walked.typed) say(`  ${line}`);
  mkdirSync(failures, { recursive: true });
  const file = join(failures, `failed-${seed}.json`);
  writeFileSync(file, keptText(walked.failure, shortest.begins, shortest.drawn));
  say(`written to ${file}; mended, it belongs in test/walk/kept`);
}

/** One walk, here. */
async function walkOne(seed: number, begins: Shape, drawn: readonly Drawn[]): Promise<boolean> {
  const told = values.commands ? (line: string) => say(`  ${line}`) : () => {};
  const visits = new Visits();
  const { failure } = await walk(seed, drawn, values.real ? "real" : "in-process", told, visits, begins);
  if (values.visits) for (const line of visits.told()) say(line);
  if (failure === undefined) return true;
  if (values.real) say(`fails on the real engine: ${failure}`);
  else await tell(seed, begins, drawn, failure);
  return false;
}

/** Many walks, on all processors. */
async function walkMany(first: number, walks: number, steps: number): Promise<number> {
  say(`seeds ${first} to ${first + walks - 1}`);
  const begun = performance.now();
  const visits = new Visits();
  const reached = new Map<string, number>();
  const failed: { seed: number; failure: string }[] = [];
  const sums = { done: 0, commands: 0, well: 0, refused: 0 };
  const seeds = Array.from({ length: walks }, (_, index) => first + index);
  const until = values.minutes === undefined ? Infinity : begun + Number(values.minutes) * 60_000;
  await walkAll(seeds, { steps, until, often: values.often }, (told) => {
    sums.done += 1;
    sums.commands += told.commands;
    sums.well += told.well;
    sums.refused += told.refused;
    reached.set(told.reached, (reached.get(told.reached) ?? 0) + 1);
    visits.addAll(told.visited);
    if (told.failure !== undefined) {
      failed.push({ seed: told.seed, failure: told.failure });
      say(`seed ${told.seed} fails: ${told.failure}`);
    }
    if (sums.done % 100 === 0) say(`${sums.done} walks, ${failed.length} failed`);
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  // Each takes some minutes.
  for (const { seed, failure } of failed.slice(0, 3))
    await tell(seed, drawShape(seed), drawn(seed, steps), failure);
  if (values.long || values.visits) for (const line of visits.told()) say(line);
  const furthest = ["nothing", ...stages].filter((stage) => reached.has(stage));
  say(
    `furthest: ${furthest.map((stage) => `${stage} ${reached.get(stage)}`).join(", ")}; ` +
      `${sums.commands} commands; ${sums.well} runs went well, ${sums.refused} were refused`,
  );
  if (sums.done < walks) say(`of ${walks} walks ${sums.done} were begun in ${values.minutes} minutes`);
  say(`${sums.done} walks of ${steps} steps, ${failed.length} failed, ${seconds} s`);
  return failed.length;
}

async function main(): Promise<number> {
  if (values.help) {
    say(help);
    return 0;
  }
  if (values.kept !== undefined) {
    let failed = 0;
    for (const file of values.kept) {
      const { begins, drawn } = readKept(file);
      const well = await walkOne(0, begins, drawn);
      say(`${basename(file)}: ${well ? "nothing found" : "FAILS"}`);
      if (!well) failed += 1;
    }
    return failed;
  }
  const steps = Number(values.steps);
  if (values.seed !== undefined)
    return (await walkOne(
      Number(values.seed),
      drawShape(Number(values.seed)),
      drawn(Number(values.seed), steps),
    ))
      ? 0
      : 1;
  const day = Math.floor(Date.now() / 86_400_000);
  const walks = Number(values.walks ?? (values.long ? 1000 : 25));
  return (await walkMany(Number(values.from ?? day * 10_000), walks, steps)) === 0 ? 0 : 1;
}

if (values.worker) serveWalks();
else void main().then((code) => process.exit(code));
