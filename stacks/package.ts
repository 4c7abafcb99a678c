/** What `import … from "mailstage"` gives: the component, in the one file that the program was put into. */
export type { Plan, PlanInput, StageName } from "../src/plan/index.js";
export { StagedMigration } from "./program.js";
export type { StagedMigrationArgs } from "./staged-migration.js";
