import { Argument, type Command } from "commander";
import { completionScript, type Shell, shells } from "../completion.js";

/** `mailstage completion`: a script by which a shell completes commands, options and their values. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for your shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  $ source <(mailstage completion bash)        in ~/.bashrc
  $ source <(mailstage completion zsh)         in ~/.zshrc, after compinit
  $ mailstage completion fish | source         in ~/.config/fish/config.fish

Exit codes: 0 printed, 2 wrong usage.`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(program, shell));
    });
}
