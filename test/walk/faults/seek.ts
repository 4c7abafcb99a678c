import { parseArgs } from "node:util";
import { keptText, readKept } from "../kept.js";
import { drawShape } from "../shape.js";
import { type Failing, fails, shorten } from "../shrink.js";
import { draw } from "../walk.js";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    walks: { type: "string", default: "300" },
    steps: { type: "string", default: "30" },
    /** Does the walk that is written there, and no other. */
    kept: { type: "string" },
  },
});
const steps = Number(values.steps);

const tell = (found: object) => void process.stdout.write(`${JSON.stringify(found)}\n`);

function tellFailing({ begins, drawn, walked: { seed, failure, typed } }: Failing, walks: number): void {
  tell({ walks, seed, failure, typed, kept: keptText(failure.split("\n")[0] ?? "", begins, drawn) });
}

/** Walks seed after seed until something does not hold, and prints what it was, as JSON. */
async function main(): Promise<void> {
  if (values.kept !== undefined) {
    const { begins, drawn } = readKept(values.kept);
    const failing = await fails(0, begins, drawn);
    return failing === undefined ? tell({ walks: 1 }) : tellFailing(failing, 1);
  }
  const first = Number(values.from);
  const walks = Number(values.walks);
  for (let seed = first; seed < first + walks; seed += 1) {
    const failing = await fails(seed, drawShape(seed), draw(seed, steps));
    if (failing !== undefined) return tellFailing(await shorten(seed, failing), seed - first + 1);
  }
  tell({ walks });
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(2);
  },
);
