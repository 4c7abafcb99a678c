import { dirname } from "node:path";
import type { Command } from "commander";
import { locateEngine } from "../engine.js";
import { printWhole } from "../terminal.js";

/** `mailstage engine`: the Pulumi CLI that mailstage uses, which `npx pulumi` then uses too. */
export function addEngine(program: Command): void {
  program
    .command("engine")
    .description("find the Pulumi CLI, or fetch it: prints the folder of its programs")
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage engine                          once on a machine that has Node alone; then npx pulumi up
  $ export PATH="$(npx mailstage engine):$PATH"

It takes one on PATH from 3.255 on, else one that is here already (~/.pulumi/versions), else Pulumi's release, through
HTTPS_PROXY where it is set, and only if its checksum is the one published, else it builds one with Go.
MAILSTAGE_PULUMI_RELEASES names a mirror of the releases, or off.

Exit codes: 0 it is there, 1 there is no way to it.`,
    )
    .action(async () => printWhole(dirname((await locateEngine()).program)));
}
