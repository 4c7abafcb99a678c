import type { Command } from "commander";
import { planJsonSchema } from "../../plan/index.js";
import { print } from "../terminal.js";

/** `mailstage schema`: the plan's JSON Schema, for editors. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of the plan, for completion and checks in an editor")
    .addHelpText(
      "after",
      `
Example:
  $ mailstage schema > plan.schema.json

Exit codes: 0 printed.`,
    )
    .action(() => print(JSON.stringify(planJsonSchema(), null, 2)));
}
