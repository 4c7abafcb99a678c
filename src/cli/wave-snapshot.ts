import { MailstageError } from "../base/problem.js";
import type { Plan } from "../plan/index.js";
import { readState } from "../reports/status/index.js";
import { isKept } from "../snapshots/durable-lines.js";
import { inPlace, located, placeOf } from "../snapshots/place.js";
import { readResource } from "../state/read-resource.js";
import { shortName } from "./pulumi-project.js";
import { note } from "./terminal.js";

/** A stack with its plan. */
interface PlannedStack {
  /** That of Pulumi.yaml. */
  readonly folder: string;
  readonly stack: string;
  readonly plan: Plan;
}

/**
 * Where the snapshot of a wave is. The state says it: a wave that has one stays with its file, whatever place the plan names by
 * now. Of a wave the state does not have (any more), it is in the plan's place.
 * @param exported the stack's state, as `pulumi stack export` prints it
 * @throws MailstageError `snapshot-not-found` where there is none, or where it is not in the plan's place and the state cannot be read
 */
export async function waveSnapshot(
  { folder, stack, plan: { conversion, waves } }: PlannedStack,
  wave: string,
  exported: () => Promise<string>,
): Promise<string> {
  const place = inPlace(placeOf(conversion.snapshots, shortName(stack)), `${wave}.jsonl`);
  const told = await snapshotInState(stack, wave, exported);
  const kept = "snapshot" in told ? told.snapshot : place;
  if (kept !== place)
    note(`${wave} has its snapshot in ${kept}: the plan named that place when it was converted`);
  const file = located(folder, kept);
  if ("snapshot" in told || (await isKept(file))) return file;
  if ("unread" in told)
    throw new MailstageError([
      {
        code: "snapshot-not-found",
        subject: place,
        reason: `is not there, and the state, which says where ${wave} has its snapshot, cannot be read`,
        hint: "Name it with --snapshot, as the update named it",
      },
      ...told.unread.problems,
    ]);
  const planned = waves.some(({ name }) => name === wave);
  const names = waves.map(({ name }) => name).join(", ");
  throw new MailstageError({
    code: "snapshot-not-found",
    subject: wave,
    reason: planned
      ? `has no snapshot: nobody of it was converted by stack ${stack}`
      : `is no wave of the plan, which has ${names}`,
    hint: planned
      ? "Name another --stack if it was converted there, or the file itself with --snapshot"
      : "Name one of these, or the file itself with --snapshot",
  });
}

/** What the state says of it; `snapshot` is absent where it has no conversion of the wave. */
async function snapshotInState(
  stack: string,
  wave: string,
  exported: () => Promise<string>,
): Promise<{ readonly snapshot: string } | { readonly unread: MailstageError } | Record<never, never>> {
  try {
    const { resources } = readState(await exported(), stack);
    const conversion = resources.find(
      ({ kind, inputs }) => kind === "MailUserConversion" && inputs["wave"] === wave,
    );
    const { snapshot } = readResource("MailUserConversion", conversion?.outputs);
    return snapshot === undefined ? {} : { snapshot };
  } catch (error) {
    if (error instanceof MailstageError) return { unread: error };
    throw error;
  }
}
