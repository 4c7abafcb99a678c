import { declareMigration } from "./declare.js";
import type { MigrationOutputs } from "./outputs.js";

export { StagedMigration } from "./staged-migration.js";

/** The default program: the plan of stack config, at the top of the stack. */
export const declareStack = (): MigrationOutputs => declareMigration();
