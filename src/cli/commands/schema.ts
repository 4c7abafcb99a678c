import type { Command } from "commander";
import { planJsonSchema, stackJsonSchema } from "../../plan/index.js";
import { printWhole } from "../terminal.js";

/** `mailstage schema`: the JSON Schema of the plan, or of the file it stands in, for editors. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of the plan, for completion and checks in an editor")
    .option("--file", "of the whole Pulumi.<stack>.yaml, with the plan in its place")
    .addHelpText(
      "after",
      `
Editors with the YAML language server find it by a file's first line, which init writes:
  # yaml-language-server: $schema=node_modules/mailstage/docs/stack.schema.json

Examples:
  $ mailstage schema > plan.schema.json
  $ mailstage schema --file > stack.schema.json

Exit codes: 0 printed.`,
    )
    .action(({ file }: { readonly file?: true }) => {
      const plan = planJsonSchema();
      printWhole(JSON.stringify(file ? stackJsonSchema(plan) : plan, null, 2));
    });
}
