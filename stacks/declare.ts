import { moveDomain } from "./domain.js";
import { readMigration } from "./migration.js";
import type { MigrationOutputs } from "./outputs.js";
import { migrateWaves } from "./waves.js";
import type { Within } from "./within.js";

/**
 * Declares a migration: all that the plan says of this stack.
 * @param plan the plan, or the path of its file; without it that of stack config
 * @param within under what the resources are declared: at the top, unless a component declares them
 * @throws pulumi.RunError with every problem of the plan and its CSVs
 */
export function declareMigration(plan?: unknown, within: Within = {}): MigrationOutputs {
  const migration = readMigration(plan, within);
  return migration.role.kind === "waves" ? migrateWaves(migration) : moveDomain(migration);
}
