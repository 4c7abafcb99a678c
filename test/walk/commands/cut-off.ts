import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "../../../lab/index.js";
import type { Run } from "../../engine/stack.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";

/**
 * `pulumi up --yes --skip-preview`, during which something happens at the request that hangs; in an update that ends before it
 * does not.
 */
export async function atRequest(
  { lab, stack }: Migration,
  hang: Pick<FaultRule, "kind" | "skip"> & Partial<FaultRule>,
  act: (kill: (signal: "SIGINT" | "SIGKILL") => void) => void | Promise<void>,
): Promise<Run> {
  lab.faults.set({ service: "any", ...hang });
  const running = stack.start("up", "--yes", "--skip-preview");
  let ended = false;
  const end = running.ended.finally(() => {
    ended = true;
  });
  const hangs = () => lab.faults.list().some(({ kind, hits }) => hits > 0 && `${kind}`.startsWith("hang"));
  while (!ended && !hangs()) await sleep(1);
  if (!ended) await act((signal) => running.kill(signal));
  const run = await end;
  lab.faults.clear();
  return run;
}

/** Waits until what a killed run has sent is done: it may take effect, and is not the next run's doing. */
export async function settled({ lab }: Pick<Migration, "lab">): Promise<void> {
  const asked = () => JSON.stringify(lab.requests());
  let before: string;
  do {
    before = asked();
    await sleep(20);
  } while (asked() !== before);
}

/** An update that a signal meets at the request that hangs. */
export async function cutOff(
  migration: Migration,
  model: Model,
  hang: Pick<FaultRule, "kind" | "skip"> & Partial<FaultRule>,
  signal: "SIGINT" | "SIGKILL",
): Promise<void> {
  const { lab, stack } = migration;
  await atRequest(migration, hang, (kill) => {
    kill(signal);
    // Whoever was interrupted is answered again; of one that was killed nothing more may take effect.
    if (signal === "SIGINT") lab.faults.clear();
  });
  await stack.endOrphans();
  await stack.cancel();
  model.moved = true;
}
