import { throwIfAny } from "../base/problem.js";
import { isNeverStarted } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import type { Run } from "../plan/run.js";
import { batchNames, mailboxesByBatch } from "../state/batch-mailboxes.js";
import type { InputsOf } from "../state/index.js";
import { admissionProblems } from "./admission.js";
import { removingProblems } from "./batch-conflicts.js";
import { leavingRowsProblems } from "./guard-of-leaving-rows.js";
import { takenOutByHand, takenOutByHandMessage } from "./taken-out-by-hand.js";
import { goneMessage, readBatches } from "./wave-batches.js";
import { describeListChange, type ListChange, listChange, tooManyRemoved } from "./wave-list.js";

type Inputs = InputsOf<"MigrationBatch">;

/** What the run that checks a list shares, and where it tells what it finds. */
interface ListCheck {
  readonly run: Run;
  info(message: string): Promise<void>;
  warn(message: string): Promise<void>;
}

/**
 * Checks a wave's list before anything is planned: says who comes and who leaves, and refuses what must not be.
 * @param sessionOf opens the tenant of inputs
 * @param news the inputs as far as a preview knows them
 * @param olds those of the last update; undefined where there was none
 * @throws MailstageError with all reasons why the list may not be applied, and where Exchange cannot be read
 */
export async function checkWaveList(
  cx: ListCheck,
  sessionOf: (tenant: Inputs["tenant"]) => CloudSession,
  news: Partial<Inputs> & Pick<Inputs, "wave" | "mailboxes">,
  olds: Inputs | undefined,
): Promise<ListChange> {
  const { wave, mailboxes, tenant, domain } = news;
  const { info, warn } = cx;
  const run = cx.run.of(domain ?? "");
  const before = olds === undefined || olds.wave !== wave ? {} : mailboxesByBatch(wave, olds);
  const change = listChange(wave, MailboxSet.ofLines(mailboxes, `wave ${wave}`), before);
  const { byBatch, added, removed } = change;
  const liveBatches = (inputs: Inputs, notBefore?: number) =>
    readBatches(sessionOf(inputs.tenant), batchNames(inputs.wave, inputs), notBefore);
  // A wave that was stopped has copied, though a refresh has noted it as not started.
  const wasStarted = async (inputs: Inputs) =>
    inputs.started ||
    (await liveBatches(inputs, performance.now())).some(
      (batch) => batch !== undefined && !isNeverStarted(batch),
    );

  const tooMany = tooManyRemoved(run, wave, change);
  if (tooMany.length > 0 && olds !== undefined && (await wasStarted(olds))) throwIfAny(tooMany);
  if (news.retired !== true || Object.keys(before).length > 0)
    for (const line of describeListChange(change)) await info(`${wave}: ${line}`);
  if (tenant === undefined) return change;

  const session = sessionOf(tenant);
  const back = await takenOutByHand(session, `${domain}`, change);
  if (back.length > 0) await warn(`${wave}: ${takenOutByHandMessage(back)}`);
  // No batch is made for a wave that is retired.
  const fresh = news.retired === true ? [] : Object.keys(byBatch).filter((name) => !(name in before));
  throwIfAny([
    ...(fresh.length === 0 ? [] : await removingProblems(session, fresh)),
    ...(await admissionProblems(run, session, { wave, domain: `${domain}` }, change)),
    ...(olds === undefined ? [] : await leavingRowsProblems(run, session, olds, change)),
  ]);
  if (olds?.started === true && news.retired !== true && added.size + removed.size > 0) {
    const standing = await liveBatches(olds);
    if (standing.every((batch) => batch === undefined)) await warn(goneMessage(wave));
  }
  return change;
}
