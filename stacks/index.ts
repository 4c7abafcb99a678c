/**
 * A staged migration from Exchange 2003/2007 to Microsoft 365. One stack does all of it; where the plan is split, the domain
 * stack moves the domain and wave stacks migrate their waves beside it.
 */
import { moveDomain } from "./domain.js";
import { readMigration } from "./migration.js";
import { migrateWaves } from "./waves.js";

const migration = readMigration();

export = migration.part.kind === "waves" ? migrateWaves(migration) : moveDomain(migration);
