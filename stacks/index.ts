import { startPlugin } from "../providers/plugin.js";

/**
 * A staged migration from Exchange 2003/2007 to Microsoft 365. One stack does all of it; where the plan is split, the domain
 * stack moves the domain and wave stacks migrate their waves beside it.
 */
export = async () => {
  // Pulumi's runner maps each stack trace through source maps, and takes several for every resource; `dist` has no such maps.
  Reflect.deleteProperty(Error, "prepareStackTrace");
  await startPlugin();
  const [{ readMigration }, { moveDomain }, { migrateWaves }] = await Promise.all([
    import("./migration.js"),
    import("./domain.js"),
    import("./waves.js"),
  ]);
  const migration = readMigration();
  return migration.part.kind === "waves" ? migrateWaves(migration) : moveDomain(migration);
};
