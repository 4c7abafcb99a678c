import type * as pulumi from "@pulumi/pulumi";
import { describeProblem, type Problem } from "../src/base/problem.js";
import { are, counted, keptAtMost, linesOf, mailboxes, someOf } from "../src/base/words.js";
import { foundConversions } from "../src/migration/adopt/conversions.js";
import { arrivalCount, arrivedAddresses, nobodySeen, seenOf } from "../src/migration/arrived-mailboxes.js";
import { noteConverted, restoredAddresses } from "../src/migration/brought-back-users.js";
import { changedSincePreview, readPreview } from "../src/migration/conversion-preview.js";
import { outcomesOf, writeConversionReports } from "../src/migration/conversion-report.js";
import { restoreCommand } from "../src/migration/restore-command.js";
import { appliedAddresses, readWave } from "../src/migration/wave-file.js";
import type { SurveyedUser } from "../src/migration/who-is-converted.js";
import { readSnapshot } from "../src/on-premises/directory/index.js";
import { isKept } from "../src/snapshots/durable-lines.js";
import { located } from "../src/snapshots/place.js";
import type { OutputsOf } from "../src/state/index.js";
import { mailUserConversionContract } from "../src/state/wave-mail-user-conversion.js";
import type { Context } from "./context.js";
import { convert, fileOf, isOpen, isUnwritable, showPreview, survey, warnOf } from "./conversion-steps.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { rosterOf, sessionOf } from "./settings.js";

type Outputs = OutputsOf<"MailUserConversion">;

/** Which on-premises mailboxes become mail users, and how. */
export type MailUserConversionArgs = ArgsOf<"MailUserConversion", "digest" | "seenSynced">;

/**
 * The on-premises mailboxes of a wave as mail-enabled users (Microsoft's procedure, "Convert on-premises mailboxes to mail-enabled users").
 * Converts only users that are Synced (or that the plan names), after a snapshot of every attribute it touches, each in
 * one atomic modify. A user changed since the preview that listed the changes is left alone and named, where that preview ran on
 * this machine; where none did, the run says so, and writes what it reads. Users not ready or in doubt are reported and taken up by the next `pulumi up`. Deleting this resource never turns a user back.
 */
export class MailUserConversion extends MailstageResource implements Documented<"MailUserConversion"> {
  declare readonly converted: pulumi.Output<number>;
  declare readonly waiting: pulumi.Output<number>;
  declare readonly skipped: pulumi.Output<string[]>;
  declare readonly snapshot: pulumi.Output<string>;
  declare readonly kept: pulumi.Output<number>;
  declare readonly report: pulumi.Output<string>;
  declare readonly cloudCsv: pulumi.Output<string>;

  constructor(name: string, args: MailUserConversionArgs, opts?: pulumi.CustomResourceOptions) {
    super("MailUserConversion", name, args, opts);
  }
}

export const mailUserConversionProvider = /* @__PURE__ */ dynamicProvider(mailUserConversionContract, {
  async check(cx, news, olds, whole) {
    const kept = { seenSynced: seenOf(cx.run, news, olds), dryRun: undefined };
    if (whole === undefined) return kept;
    const inputs = {
      ...whole,
      ...kept,
      dryRun: whole.dryRun,
      roster: rosterOf(readWave(cx.root, whole).addresses),
    };
    const { previewed } = cx.run.of(inputs.domain);
    if (inputs.dryRun === true) previewed.add(inputs.wave);
    else previewed.delete(inputs.wave);
    if (inputs.dryRun === true && olds === undefined)
      await showPreview(
        cx,
        inputs,
        await survey(
          cx,
          { ...inputs, seenSynced: inputs.seenSynced ?? nobodySeen(inputs.wave) },
          { snapshot: fileOf(inputs), begun: false },
        ),
        undefined,
      );
    return { ...kept, roster: inputs.roster };
  },

  async changing(cx, inputs, state) {
    // Where the wave's snapshot is, only the outputs say: the plan may name another place by now.
    if (cx.run.of(inputs.domain).previewed.has(inputs.wave))
      await showPreview(
        cx,
        inputs,
        await survey(cx, inputs, { snapshot: state.snapshot, begun: true }),
        state,
      );
  },

  async pending(cx, inputs, state) {
    const back = await restoredAddresses(located(cx.root, state.snapshot));
    // Nothing has changed, so these are who is listed; a refresh asks too, when the list may have been edited since.
    const addresses = appliedAddresses(inputs) ?? readWave(cx.root, inputs).addresses;
    const quiet =
      state.skippedCount === 0 && (back.size === 0 || !addresses.some((one) => back.has(one.toLowerCase())));
    if (quiet && state.waiting === 0) return false;
    if (quiet) {
      if ((await arrivalCount(sessionOf(inputs.tenant), inputs)) <= state.converted) return false;
    }
    const found = await survey(cx, inputs, { snapshot: state.snapshot, begun: true }, addresses);
    await showPreview(cx, inputs, found, state);
    return (
      found.users.some(isOpen) ||
      found.waiting.length !== state.waiting ||
      found.problems.length !== state.skippedCount
    );
  },

  async adopt(cx, adopting, inputs) {
    const snapshot = fileOf(inputs);
    const { addresses } = readWave(cx.root, inputs);
    const arrived = await arrivedAddresses(sessionOf(inputs.tenant), inputs);
    // Also whose batch is gone: the directory and the cloud's mailbox say together who is converted.
    const found = await survey(cx, { ...inputs, convert: [...addresses] }, { snapshot, begun: true });
    const { converted, open, waiting, back, problems } = foundConversions(found, {
      addresses,
      arrived,
      named: inputs.convert ?? [],
      batchStands: inputs.seenSynced !== undefined,
    });
    adopting.differs(...problems);
    if (open.length > 0) adopting.absent(`the conversion of ${someOf(open)}`);
    const path = located(cx.root, snapshot);
    const files = writeConversionReports(cx, inputs.wave, [], { users: [], flavour: inputs.flavour });
    return {
      id: inputs.wave,
      outputs: {
        converted: converted.length,
        waiting: waiting.length,
        skipped: back.slice(0, keptAtMost).map(describeProblem),
        skippedCount: back.length,
        snapshot,
        kept: (await isKept(path)) ? (await readSnapshot(path)).length : 0,
        ...files,
      } satisfies Outputs,
    };
  },

  async reconcile(cx, inputs, prior) {
    const snapshot = prior?.outputs.snapshot ?? fileOf(inputs);
    const found = await survey(cx, inputs, { snapshot, begun: prior !== undefined });
    const changed = await changedSince(cx, inputs.wave, found.users.filter(isOpen));
    const refused = new Set(changed.map(({ subject }) => subject));
    const open = found.users.filter((user) => isOpen(user) && !refused.has(user.address));
    const before = prior?.outputs.kept ?? 0;
    const { added, problems: unwritten } = await convert(cx, inputs, open, { file: snapshot, before });
    const failed = [...changed, ...unwritten];
    const left = new Set(failed.map(({ subject }) => subject));
    const done = found.users.filter(({ address }) => !left.has(address));
    await noteConverted(located(cx.root, snapshot), done);
    // A user who cannot be written is left out and holds nobody up, unless all of them cannot.
    const begun = prior !== undefined || done.length > 0;
    const skipped = begun ? failed.filter(isUnwritable) : [];
    const outcomes = outcomesOf({ ...found, problems: [...found.problems, ...skipped] }, open, failed);
    const files = writeConversionReports(cx, inputs.wave, outcomes, {
      users: done,
      flavour: inputs.flavour,
    });
    const problems = [...found.problems, ...failed];
    await warnOf(cx, inputs, [...found.problems, ...skipped]);
    if (found.waiting.length > 0)
      await cx.info(
        `${inputs.wave}: ${mailboxes(found.waiting.length)} ${are(found.waiting.length)} not synced yet and left to a later pulumi up`,
      );
    return {
      id: inputs.wave,
      outputs: {
        converted: done.length,
        waiting: found.waiting.length,
        skipped: problems.slice(0, keptAtMost).map(describeProblem),
        skippedCount: problems.length,
        snapshot,
        kept: before + added,
        ...files,
      } satisfies Outputs,
      blocked: linesOf(failed.filter((problem) => !skipped.includes(problem)).map(describeProblem)),
    };
  },

  async read(cx, inputs, state) {
    const addresses = appliedAddresses(inputs);
    if (addresses === undefined) return { inputs, outputs: state };
    const found = await survey(cx, inputs, { snapshot: state.snapshot, begun: true }, addresses);
    const open = found.users.filter(isOpen).length;
    return {
      inputs,
      outputs: {
        ...state,
        converted: found.users.length - open,
        waiting: found.waiting.length + open,
      },
    };
  },

  async delete(cx, inputs, state) {
    await cx.warn(
      `${inputs.wave}: the conversion of ${counted(state.converted, "user")} stays. ${restoreCommand(state.snapshot)} writes their former attributes back; with --user in place of --all, those of some`,
    );
  },
});

/** Users whom somebody has changed since the preview. Where a user to be converted was in no preview, a warning says so. */
async function changedSince(cx: Context, wave: string, open: readonly SurveyedUser[]): Promise<Problem[]> {
  if (open.length === 0) return [];
  const previewed = readPreview(cx, wave);
  if (previewed === undefined)
    await cx.info(
      `${wave}: no preview of this conversion is on this machine, so nothing is compared with one; ${counted(open.length, "user")} ${are(open.length)} converted as they are found now`,
    );
  return changedSincePreview(previewed, open);
}
