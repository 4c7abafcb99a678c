import type { Drawn } from "./command.js";
import { type Shape, simplerShapes } from "./shape.js";
import { type Walked, walk } from "./walk.js";

/** A walk that fails: what it begins with, and the commands that were done until then. */
export interface Failing {
  readonly begins: Shape;
  readonly drawn: readonly Drawn[];
  readonly walked: Walked & { readonly failure: string };
}

/** Does a walk; what came after the failure, and what could not be done, has no part in it. */
export async function fails(
  seed: number,
  begins: Shape,
  drawn: readonly Drawn[],
): Promise<Failing | undefined> {
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
export async function shorten(seed: number, failing: Failing): Promise<Failing> {
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
