#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { packageRoot } from "../base/package-root.js";
import { throwIfAny } from "../base/problem.js";
import { addAdopt } from "./commands/adopt.js";
import { addApplyGuard } from "./commands/apply-guard.js";
import { addCheck } from "./commands/check.js";
import { addCompletion } from "./commands/completion.js";
import { addDemo } from "./commands/demo.js";
import { addEngine } from "./commands/engine.js";
import { addInit } from "./commands/init.js";
import { addLab } from "./commands/lab.js";
import { addRehearse } from "./commands/rehearse.js";
import { addRestore } from "./commands/restore.js";
import { addReview } from "./commands/review.js";
import { addSchema } from "./commands/schema.js";
import { addStatus } from "./commands/status.js";
import { describeFailure } from "./failure.js";
import { nodeProblems } from "./node-version.js";
import { note } from "./terminal.js";

/** The program with all its commands. */
function createProgram(): Command {
  const manifest = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });
  const { version, engines } = manifest.parse(
    JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")),
  );
  const program = new Command("mailstage")
    .description(
      "Staged e-mail migration from Exchange 2003/2007 to Microsoft 365.\nThe migration itself is plain pulumi preview and pulumi up; these commands are around it.",
    )
    .version(version)
    .showHelpAfterError("(mailstage --help shows what there is)")
    .exitOverride()
    .hook("preAction", () => throwIfAny(nodeProblems(engines.node)))
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage init --domain contoso.com       the plan of a new migration, from its live zone
  $ mailstage demo                            a whole migration of three waves, in the lab
  $ mailstage rehearse --stack production     your own migration, in the lab
  $ mailstage lab advance 72h                 let time pass there
  $ mailstage check                           plan, mailbox files, premises, DNS and seats
  $ mailstage review --out review             what a pull request would do, in words
  $ mailstage status --live --html s.html     where the migration stands, for everybody
  $ source <(mailstage completion bash)       complete commands and options in your shell
  $ mailstage adopt -o adopt.json             an import file for what exists: begun by hand, or its state lost
  $ mailstage engine                          the Pulumi CLI, fetched and checked where there is none
  $ mailstage schema > plan.schema.json       the plan, for your editor

Exit codes: 0 success, 1 failure, 2 wrong usage, 130 ended by Ctrl-C. Of review, for pipelines: 0 nothing changes,
2 changes, 3 a gate is not passed yet, 1 refused or failed. Colours only on a terminal, and never with NO_COLOR.`,
    );
  for (const add of [
    addInit,
    addDemo,
    addRehearse,
    addLab,
    addSchema,
    addRestore,
    addAdopt,
    addReview,
    addApplyGuard,
    addStatus,
    addCheck,
    addEngine,
    addCompletion,
  ])
    add(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

async function main(): Promise<void> {
  // `mailstage schema | head` is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    await createProgram().parseAsync();
  } catch (thrown) {
    const { code, text } = describeFailure(thrown);
    if (text !== "") note(text, "red");
    process.exitCode = code;
  }
}

void main();
