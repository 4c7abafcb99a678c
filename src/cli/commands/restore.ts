import { resolve } from "node:path";
import type { Command } from "commander";
import { connectDirectory, readSnapshot, restoreUsers } from "../../directory/index.js";
import { describeProblem, MailstageError, throwIfAny } from "../../errors/index.js";
import { parsePlan } from "../../plan/index.js";
import { readLines } from "../../snapshots/durable-lines.js";
import { chooseStack, findProject, readPlan } from "../pulumi-project.js";
import { counted, note, print } from "../terminal.js";

interface RestoreOptions {
  snapshot: string;
  user?: string[];
  all?: boolean;
  stack?: string;
}

/** `mailstage restore`: writes users' attributes back as they were before their conversion. */
export function addRestore(program: Command): void {
  program
    .command("restore")
    .description(
      "write on-premises users' attributes back as a snapshot from before their conversion has them",
    )
    .requiredOption("--snapshot <file>", "the snapshot that the conversion took")
    .option("--user <address...>", "whom to restore")
    .option("--all", "restore every user of the snapshot")
    .option("--stack <name>", "the stack whose plan names the directory")
    .addHelpText(
      "after",
      `
The directory's password is read from MAILSTAGE_DIRECTORY_PASSWORD.

Example:
  $ mailstage restore --snapshot snapshots/wave1.jsonl --user pilarp@contoso.com

Exit codes: 0 restored, 1 failure, 2 wrong usage.`,
    )
    .action(async (options: RestoreOptions, command: Command) => {
      if ((options.user === undefined) === (options.all === undefined))
        command.error("error: name the users with --user, or give --all");
      await restore(options);
    });
}

async function restore(options: RestoreOptions): Promise<void> {
  const project = await findProject(process.cwd());
  const { directory: settings } = parsePlan(await readPlan(project, chooseStack(project, options.stack)));
  const password = process.env["MAILSTAGE_DIRECTORY_PASSWORD"];
  if (password === undefined)
    throw new MailstageError({
      code: "directory-password",
      subject: settings.bindDn,
      reason: "has no password here",
      hint: "Set MAILSTAGE_DIRECTORY_PASSWORD",
    });
  const snapshot = await readSnapshot(resolve(options.snapshot));
  const { leftOut } = await readLines(resolve(options.snapshot));
  if (leftOut !== undefined) note(`warning: ${describeProblem(leftOut)}`);
  const addresses = options.user ?? snapshot.map(({ address }) => address);
  const directory = await connectDirectory(settings, password);
  try {
    const { restored, unchanged, failed, manual } = await restoreUsers(directory, snapshot, addresses);
    for (const address of restored) print(`restored  ${address}`);
    for (const address of unchanged) print(`unchanged ${address}`);
    if (manual.length > 0) note("What LDAP cannot bring back, for the Exchange Management Shell:");
    for (const { address, command } of manual) print(`by hand   ${address}: ${command}`);
    note(
      `${counted(restored.length, "user")} restored, ${count(unchanged)} unchanged, ${count(failed)} failed`,
    );
    // Whoever that line is of, they are not restored.
    throwIfAny(options.all && leftOut !== undefined ? [...failed, leftOut] : failed);
  } finally {
    await directory.close();
  }
}

const count = (list: readonly unknown[]): string => list.length.toLocaleString("en-US");
