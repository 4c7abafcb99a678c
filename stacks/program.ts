import type * as pulumi from "@pulumi/pulumi";
import { moveDomain } from "./domain.js";
import { readMigration } from "./migration.js";
import { migrateWaves } from "./waves.js";

/** Declares what the plan says of this stack. @throws pulumi.RunError with every problem of the plan and its CSVs */
export function declareStack(): pulumi.Inputs {
  const migration = readMigration();
  return migration.part.kind === "waves" ? migrateWaves(migration) : moveDomain(migration);
}
