import type { Command } from "commander";
import { describeProblem, printable, throwIfAny } from "../../base/problem.js";
import { count, counted } from "../../base/words.js";
import {
  chooseUsers,
  connectDirectory,
  type Directory,
  noteEvents,
  type RestoreResult,
  readSnapshot,
  readSnapshotLines,
  restoreUsers,
  type SnapshotUser,
} from "../../on-premises/directory/index.js";
import { requirePassword, secrets } from "../../plan/secrets.js";
import { located } from "../../snapshots/place.js";
import { exportState } from "../capture.js";
import { givenSecret } from "../config-secret.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import { note, print, printWhole } from "../terminal.js";
import { waveSnapshot } from "../wave-snapshot.js";

interface RestoreOptions extends PlanChoice {
  snapshot?: string;
  wave?: string;
  user?: string[];
  all?: boolean;
  convertAgain?: boolean;
}

/** `mailstage restore`: writes users' attributes back as they were before their conversion. */
export function addRestore(program: Command): void {
  program
    .command("restore")
    .description(
      "write on-premises users' attributes back as a snapshot from before their conversion has them",
    )
    .option("--wave <name>", "the wave whose snapshot is taken, from where it is kept")
    .option("--snapshot <file>", "the snapshot itself: a file, or a URL as the update named it")
    .option("--user <address...>", "whom to restore, by any address")
    .option("--all", "restore every user of the snapshot")
    .option("--convert-again", "restore nobody, but let pulumi up convert these users again")
    .option("--stack <name>", "the stack whose plan names the directory")
    .addOption(planOption())
    .addHelpText(
      "after",
      `
The directory's password is read from MAILSTAGE_DIRECTORY_PASSWORD, else from
stack configuration (mailstage:directoryPassword). A restored user is not
converted again, which the snapshot file notes: give the file that pulumi up
uses, not a copy.

Example:
  $ mailstage restore --wave wave1 --user pilarp@contoso.com
  $ mailstage restore --snapshot snapshots/production/wave1.jsonl --user pilarp@contoso.com

Exit codes: 0 restored, 1 somebody was not, 2 wrong usage.`,
    )
    .action(async (options: RestoreOptions, command: Command) => {
      if ((options.snapshot === undefined) === (options.wave === undefined))
        command.error("error: name the wave with --wave, or its snapshot with --snapshot");
      if ((options.user === undefined) === (options.all === undefined))
        command.error("error: name the users with --user, or give --all");
      await (options.convertAgain === true ? release(options) : restore(options));
    });
}

/** The snapshot that is meant: as it is named, or the wave's. */
async function snapshotFile({ snapshot, wave = "", ...chosen }: RestoreOptions): Promise<string> {
  if (snapshot !== undefined) return located(process.cwd(), snapshot);
  const { project, stack } = await stackChosen(chosen);
  const { plan } = await planOf(project, stack, chosen.plan);
  return waveSnapshot({ folder: project.folder, stack, plan }, wave, () =>
    exportState(project.folder, stack),
  );
}

/** The directory that the stack's plan names, signed in to; whoever opens it closes it. */
async function openDirectory(options: RestoreOptions): Promise<Directory> {
  const { project, stack } = await stackChosen(options);
  const { directory: settings } = (await planOf(project, stack, options.plan)).plan;
  const password = requirePassword(await givenSecret(project.folder, stack, secrets.directory), {
    secret: secrets.directory,
    account: settings.bindDn,
    subject: settings.url,
  });
  return connectDirectory(settings, password);
}

async function restore(options: RestoreOptions): Promise<void> {
  const file = await snapshotFile(options);
  const { users, leftOut } = await readSnapshotLines(file);
  const directory = await openDirectory(options);
  try {
    // Noted first: who is restored and not noted would be converted again by the next update.
    const result = await restoreUsers(directory, users, options.user, (ready) =>
      noteEvents(file, "restored", ready),
    );
    show(result);
    // The user of an unreadable line is not restored; where users were named, the one that lacks shows it.
    if (options.all !== true) for (const problem of leftOut) note(`warning: ${describeProblem(problem)}`);
    throwIfAny(options.all === true ? [...result.failed, ...leftOut] : result.failed);
  } finally {
    await directory.close();
  }
}

function show({ restored, unchanged, failed, manual, notes }: RestoreResult): void {
  for (const address of restored) print(`restored  ${printable(address)}`);
  for (const address of unchanged) print(`unchanged ${printable(address)}`);
  for (const text of notes) print(`but       ${printable(text)}`);
  if (manual.length > 0) note("What LDAP cannot bring back, for the Exchange Management Shell:");
  for (const { address, command } of manual) printWhole(`by hand   ${printable(address)}: ${command}`);
  note(
    `${counted(restored.length, "user")} restored, ${count(unchanged.length)} unchanged, ${count(failed.length)} failed`,
  );
  if (restored.length + unchanged.length > 0)
    note(
      "They keep their mailboxes: pulumi up does not convert them again, and says so until they are taken out of the wave's list. --convert-again in place of a restore lets it",
    );
}

/** Ends what a restore began: the users may be converted again. */
async function release(options: RestoreOptions): Promise<void> {
  const { user } = options;
  const file = await snapshotFile(options);
  const lines = await readSnapshot(file);
  const released = user === undefined ? lines : await usersNamed(options, lines, user);
  await noteEvents(file, "released", released);
  for (const address of new Set(released.map((line) => line.address)))
    print(`released  ${printable(address)}`);
  note("The next pulumi up converts them where their wave's phase says so; pulumi preview shows it");
}

/** The users that a restore would take by these addresses: nobody else is to lose a mailbox. */
async function usersNamed(
  options: RestoreOptions,
  lines: readonly SnapshotUser[],
  addresses: readonly string[],
): Promise<SnapshotUser[]> {
  const directory = await openDirectory(options);
  try {
    const { chosen, failed } = await chooseUsers(directory, lines, addresses);
    throwIfAny(failed);
    return chosen.map(({ former }) => former);
  } finally {
    await directory.close();
  }
}
