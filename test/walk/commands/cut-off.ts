import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "../../../lab/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";

/** `pulumi up --yes --skip-preview`, which a signal meets at the request that hangs; an update that ends before meets none. */
export async function cutOff(
  { lab, stack }: Migration,
  model: Model,
  hang: Pick<FaultRule, "kind" | "skip"> & Partial<FaultRule>,
  signal: "SIGINT" | "SIGKILL",
): Promise<void> {
  lab.faults.set({ service: "any", ...hang });
  const running = stack.start("up", "--yes", "--skip-preview");
  let ended = false;
  const end = running.ended.then(() => {
    ended = true;
  });
  const hangs = () => lab.faults.list().some(({ kind, hits }) => hits > 0 && `${kind}`.startsWith("hang"));
  while (!ended && !hangs()) await sleep(1);
  if (!ended) running.kill(signal);
  // Whoever was interrupted is answered again; of one that was killed nothing more may take effect.
  if (signal === "SIGINT") lab.faults.clear();
  await end;
  lab.faults.clear();
  await stack.endOrphans();
  await stack.cancel();
  model.moved = true;
}
