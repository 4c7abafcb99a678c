import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { Visits } from "./visits.js";
import { draw, oftener, walk } from "./walk.js";

/** What is told of a walk that another process has done. */
const walkedSchema = z.object({
  seed: z.number(),
  commands: z.number(),
  reached: z.string(),
  well: z.number(),
  refused: z.number(),
  failure: z.string().optional(),
  visited: z.array(z.tuple([z.string(), z.number()])),
  /** What its process holds by now, bytes. */
  held: z.number(),
});
type Told = z.output<typeof walkedSchema>;
const orderSchema = z.object({ seed: z.number(), steps: z.number(), often: z.array(z.string()) });

/** Does walks as it is told to, one after the other; in a process that `walkAll` has started. */
export function serveWalks(): void {
  process.on("message", (message) => {
    const { seed, steps, often } = orderSchema.parse(message);
    const visits = new Visits();
    void walk(seed, draw(seed, steps, oftener(often)), "in-process", () => {}, visits).then((walked) => {
      const { typed, reached, updates, failure } = walked;
      const told: Told = {
        seed,
        commands: typed.length,
        reached,
        ...updates,
        failure,
        visited: [...visits.counts],
        held: process.memoryUsage.rss(),
      };
      process.send?.(told);
    });
  });
  process.on("disconnect", () => process.exit());
}

/**
 * How many walks a process does, and what it may hold before another takes its place: the first walks of each take twice as long
 * as those that follow, and of a run that was killed by a signal the handlers are never given back.
 */
const walksEach = 400;
const mostHeld = 1.6e9;

/** One more than there are processors: now and then a walk waits for a file, a timer or a process. */
const workers = availableParallelism() + 1;

/**
 * Walks all seeds, on all processors. A process that ends by itself has failed its walk, and another
 * goes on in its place.
 * @param until no walk is begun later, by `performance.now()`
 */
export async function walkAll(
  seeds: readonly number[],
  {
    steps,
    until,
    often,
  }: { readonly steps: number; readonly until: number; readonly often: readonly string[] },
  done: (told: Told) => void,
): Promise<void> {
  const left = [...seeds];
  const one = (seed: number, worker: ChildProcess) =>
    new Promise<Told | undefined>((fulfil) => {
      const ended = (code: number | null) => {
        done({
          seed,
          commands: 0,
          reached: "nothing",
          well: 0,
          refused: 0,
          failure: `its process ended with ${code}`,
          visited: [],
          held: 0,
        });
        fulfil(undefined);
      };
      worker.once("exit", ended);
      worker.once("message", (message) => {
        worker.off("exit", ended);
        const told = walkedSchema.parse(message);
        done(told);
        fulfil(told);
      });
      worker.send({ seed, steps, often });
    });
  const inTurn = async () => {
    let worker: ChildProcess | undefined;
    for (let walked = 0; performance.now() < until; ) {
      const seed = left.shift();
      if (seed === undefined) break;
      worker ??= fork(__filename, ["--worker"], { execArgv: process.execArgv });
      walked += 1;
      const told = await one(seed, worker);
      if (told !== undefined && walked < walksEach && told.held < mostHeld) continue;
      if (told !== undefined) worker.disconnect();
      worker = undefined;
      walked = 0;
    }
    worker?.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, seeds.length) }, inTurn));
}
