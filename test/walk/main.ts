import { parseArgs } from "node:util";
import { stages } from "../../src/plan/index.js";
import { draw, shrink, walk } from "./walk.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string" },
    walks: { type: "string", default: "25" },
    steps: { type: "string", default: "30" },
    commands: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
  },
});

/** `npm run walk`: random migrations against the judge; see test/walk/README.md. */
async function main(): Promise<number> {
  const steps = Number(values.steps);
  const day = Math.floor(Date.now() / 86_400_000);
  const first = Number(values.seed ?? values.from ?? day * 10_000);
  const walks = values.seed === undefined ? Number(values.walks) : 1;
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  if (walks > 1) say(`seeds ${first} to ${first + walks - 1}`);
  const begun = performance.now();
  let failed = 0;
  let done = 0;
  let well = 0;
  let refused = 0;
  const reached = new Map<string, number>();
  for (let seed = first; seed < first + walks; seed += 1) {
    const drawn = draw(seed, steps);
    const engine = values.real ? "real" : "in-process";
    const told = values.commands ? (line: string) => say(`  ${line}`) : () => {};
    let walked = await walk(seed, drawn, engine, told);
    done += walked.typed.length;
    reached.set(walked.reached, (reached.get(walked.reached) ?? 0) + 1);
    well += walked.updates.well;
    refused += walked.updates.refused;
    if (walked.failure === undefined) continue;
    failed += 1;
    say(`seed ${seed} fails: ${walked.failure}`);
    if (!values.real) walked = await shrink(seed, drawn, walked.failure);
    say(`as short as it gets: ${walked.failure}`);
    for (const line of walked.typed) say(`  ${line}`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(
    `furthest: ${["nothing", ...stages].flatMap((stage) => (reached.has(stage) ? `${stage} ${reached.get(stage)}` : [])).join(", ")}; ${well} runs went well, ${refused} were refused`,
  );
  say(`${walks} walks of ${steps} steps, ${failed} failed, ${seconds} s; ${done} commands were possible`);
  return failed === 0 ? 0 : 1;
}

void main().then((code) => process.exit(code));
