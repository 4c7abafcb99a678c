import { parseArgs } from "node:util";
import type { Drawn } from "../command.js";
import { draw, type Walked, walk } from "../walk.js";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    walks: { type: "string", default: "300" },
    steps: { type: "string", default: "30" },
    /** Does these commands of the first seed alone, by their places. */
    only: { type: "string" },
  },
});
const steps = Number(values.steps);

/** A walk that fails, by the places of its commands among those that the seed draws. */
interface Failing {
  readonly places: readonly number[];
  readonly walked: Walked & { readonly failure: string };
}

/** Does the commands at these places; tells which of them could be done. */
async function walkPlaces(
  seed: number,
  places: readonly number[],
): Promise<{ walked: Walked; done: number[] }> {
  const drawn = draw(seed, steps);
  const done: number[] = [];
  const chosen = places.flatMap((place): Drawn[] => {
    const one = drawn[place];
    if (one === undefined) return [];
    return [
      {
        ...one,
        run: (migration, model) => {
          done.push(place);
          return one.run(migration, model);
        },
      },
    ];
  });
  return { walked: await walk(seed, chosen), done };
}

async function fails(seed: number, places: readonly number[]): Promise<Failing | undefined> {
  const { walked, done } = await walkPlaces(seed, places);
  // What came after the failure, and what could not be done, has no part in it.
  return walked.failure === undefined
    ? undefined
    : { places: done, walked: { ...walked, failure: walked.failure } };
}

/** The invariant, and of an alarm its kind. */
const kindOf = ({ walked: { failure } }: Failing) => failure.split(":").slice(0, 2).join(":").slice(0, 60);

/** The shortest that still fails in the same way: commands are left out, many at once and then one by one, as long as it does. */
async function shorten(seed: number, failing: Failing): Promise<Failing> {
  let shortest = failing;
  for (let size = Math.ceil(shortest.places.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.places.length; ) {
      const tried = await fails(seed, shortest.places.toSpliced(at, size));
      if (tried !== undefined && kindOf(tried) === kindOf(failing)) shortest = tried;
      else at += size;
    }
  }
  return shortest;
}

/** Walks seed after seed until something does not hold, and prints what it was, as JSON. */
async function main(): Promise<void> {
  const first = Number(values.from);
  const all = [...Array(steps).keys()];
  const tell = (found: object) => void process.stdout.write(`${JSON.stringify(found)}\n`);
  if (values.only !== undefined) {
    const { walked } = await walkPlaces(first, values.only.split(",").map(Number));
    return tell({ failure: walked.failure });
  }
  const walks = Number(values.walks);
  for (let seed = first; seed < first + walks; seed += 1) {
    const failing = await fails(seed, all);
    if (failing === undefined) continue;
    const { places, walked } = await shorten(seed, failing);
    return tell({
      seed,
      walks: seed - first + 1,
      places,
      failure: walked.failure,
      typed: walked.typed,
    });
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
