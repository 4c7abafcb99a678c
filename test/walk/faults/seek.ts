import { parseArgs } from "node:util";
import type { Drawn } from "../command.js";
import { keptText, readKept } from "../kept.js";
import { drawShape, type Shape, simplerShapes } from "../shape.js";
import { draw, type Walked, walk } from "../walk.js";

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

/** A walk that fails: what it begins with, and the commands that were done until then. */
interface Failing {
  readonly begins: Shape;
  readonly drawn: readonly Drawn[];
  readonly walked: Walked & { readonly failure: string };
}

/** Does a walk; what came after the failure, and what could not be done, has no part in it. */
async function fails(seed: number, begins: Shape, drawn: readonly Drawn[]): Promise<Failing | undefined> {
  const done: Drawn[] = [];
  const noted = drawn.map(
    (one): Drawn => ({
      ...one,
      run: (migration, model) => {
        done.push(one);
        return one.run(migration, model);
      },
    }),
  );
  const walked = await walk(seed, noted, undefined, undefined, undefined, begins);
  return walked.failure === undefined
    ? undefined
    : { begins, drawn: done, walked: { ...walked, failure: walked.failure } };
}

/** The invariant, and of an alarm its kind. */
const kindOf = ({ walked: { failure } }: Failing) => failure.split(":").slice(0, 2).join(":").slice(0, 60);

/** The shortest that still fails in the same way: less is said at its beginning, and commands are left out, as long as it does. */
async function shorten(seed: number, failing: Failing): Promise<Failing> {
  let shortest = failing;
  const attempt = async (begins: Shape, drawn: readonly Drawn[]) => {
    const tried = await fails(seed, begins, drawn);
    const same = tried !== undefined && kindOf(tried) === kindOf(failing);
    if (same) shortest = tried;
    return same;
  };
  for (let simpler = true; simpler; ) {
    simpler = false;
    for (const one of simplerShapes(shortest.begins)) simpler ||= await attempt(one, shortest.drawn);
  }
  for (let size = Math.ceil(shortest.drawn.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < shortest.drawn.length; )
      if (!(await attempt(shortest.begins, shortest.drawn.toSpliced(at, size)))) at += size;
  return shortest;
}

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
