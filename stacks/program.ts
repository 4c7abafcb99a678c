import { declareMigration } from "./declare.js";
import type { MigrationOutputs } from "./outputs.js";
import type { OwnReading } from "./own-reading.js";
import { ownReading } from "./own-state.js";

export { StagedMigration } from "./staged-migration.js";

/**
 * The default program: the plan of stack config, at the top of the stack.
 * @param begun the reading of this stack, where it was begun before this file was read
 */
export function declareStack(begun?: OwnReading): MigrationOutputs {
  ownReading(begun);
  return declareMigration();
}
