import { describeProblem, type Problem } from "../src/base/problem.js";
import { counted, linesOf, listBelow, mailboxes } from "../src/base/words.js";
import { writePreview } from "../src/migration/conversion-preview.js";
import { readWave } from "../src/migration/wave-file.js";
import {
  type ConversionSurvey,
  type SurveyedUser,
  surveyConversion,
} from "../src/migration/who-is-converted.js";
import {
  applyConversions,
  cleanDatabaseCommands,
  describePlan,
  takeSnapshot,
} from "../src/on-premises/directory/index.js";
import { inPlace, located } from "../src/snapshots/place.js";
import { refuseUnlessKept } from "../src/snapshots/refuse-unless-kept.js";
import type { InputsOf, OutputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { sessionOf, withDirectory } from "./settings.js";

type Inputs = InputsOf<"MailUserConversion">;
type Outputs = OutputsOf<"MailUserConversion">;

/** Whether there is anything to change of a user. */
export const isOpen = ({ plan }: SurveyedUser) => !plan.already;

/** The users that an update would convert now, and those it leaves out; read only. */
export async function survey(
  cx: Context,
  inputs: Inputs,
  { snapshot, begun }: { readonly snapshot: string; readonly begun: boolean },
  addresses = readWave(cx.root, inputs).addresses,
): Promise<ConversionSurvey> {
  await cx.progress("reading the tenant's mailboxes and the directory's users");
  return await surveyConversion(
    sessionOf(inputs.tenant),
    (work) => withDirectory(cx, inputs.directory, work),
    {
      ...inputs,
      addresses,
      baseDn: inputs.directory.baseDn,
      snapshot: { file: located(cx.root, snapshot), name: snapshot },
      begun,
    },
  );
}

/** What a preview shows: the exact changes of the first users, and those of all in a file, with which the update compares. */
export async function showPreview(
  cx: Context,
  inputs: Inputs,
  found: ConversionSurvey,
  before: Pick<Outputs, "snapshot" | "kept"> | undefined,
): Promise<void> {
  if (!cx.run.of(inputs.domain).previewed.has(inputs.wave)) return;
  if (found.users.some(isOpen))
    await refuseUnlessKept(cx, inputs.domain, before?.snapshot ?? fileOf(inputs), before?.kept ?? 0);
  const path = writePreview(cx, inputs.wave, found.users);
  const open = found.users.filter(isOpen);
  if (open.length > 0)
    await cx.info(
      [
        `${inputs.wave}: ${mailboxes(open.length)} ${open.length === 1 ? "becomes a mail user" : "become mail users"}; ${path} has every change`,
        ...linesOf(open.map(({ plan }) => describePlan(plan))),
      ].join("\n"),
    );
  await warnOf(cx, inputs, found.problems);
}

/** Names who is left as they are, with the reasons. */
export async function warnOf(cx: Context, inputs: Inputs, problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  await cx.warn(
    listBelow(
      `${inputs.wave}: ${counted(problems.length, "user left as it is", "users left as they are")}`,
      problems.map(describeProblem),
    ),
  );
}

/** Where a wave that has no snapshot yet gets one. */
export const fileOf = ({ snapshots, wave }: Inputs) => inPlace(snapshots, `${wave}.jsonl`);

/** Snapshot first, then the users; resolves to how many it keeps more, and to those who could not be written. */
export async function convert(
  cx: Context,
  inputs: Inputs,
  open: readonly SurveyedUser[],
  { file: snapshot, before }: { readonly file: string; readonly before: number },
): Promise<{ added: number; problems: readonly Problem[] }> {
  if (open.length === 0) return { added: 0, problems: [] };
  await refuseUnlessKept(cx, inputs.domain, snapshot, before);
  const { added, kept } = await takeSnapshot(
    located(cx.root, snapshot),
    open.map(({ user }) => user),
  );
  await cx.progress(`snapshot of ${counted(added + kept, "user")} in ${snapshot}`);
  const result = await withDirectory(cx, inputs.directory, (directory) =>
    applyConversions(
      directory,
      open.map(({ address, plan }) => ({ ...plan, address })),
      {
        onProgress: ({ done, total }) => {
          if (done % 50 === 0 || done === total)
            void cx.progress(`converted ${done} of ${counted(total, "user")}`);
        },
      },
    ),
  );
  const commands = cleanDatabaseCommands(open.map(({ plan }) => plan));
  await cx.info(
    [
      `${inputs.wave}: ${mailboxes(result.converted.length)} converted to ${result.converted.length === 1 ? "a mail user" : "mail users"}; the former attributes are in ${snapshot}`,
      ...(commands.length > 0
        ? ["The mailbox stores notice at their next maintenance, or at once by:", ...commands]
        : []),
    ].join("\n"),
  );
  return { added, problems: result.failed };
}

/** The server refused the account, not the change: nothing but a right changes that. */
export function isUnwritable({ code }: Problem): boolean {
  return code === "directory-access" || code === "directory-referral";
}
