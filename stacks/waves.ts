import { handsOver, routingFrom, toDomainStack } from "./handover.js";
import { migrate } from "./migrate.js";
import type { Migration } from "./migration.js";
import type { MigrationOutputs } from "./outputs.js";
import { reached } from "./reached.js";

/**
 * The waves of one wave stack of a split plan. The domain stack has made the endpoint and passed the gates: that it was applied
 * with this very plan is asked before anything else (`Stage`). Each batch asks again for its own mailboxes, and before it
 * is deleted.
 */
export function migrateWaves(migration: Migration): MigrationOutputs {
  const { plan, stage, waves, at } = migration;
  const routing = at("route") ? routingFrom(migration) : undefined;
  const migrated = at("migrate") ? migrate(migration, [stage], routing) : undefined;
  const { done } = reached(migration, handsOver(migration), [stage, ...(migrated?.declared ?? [])]);
  return {
    stage: plan.stage,
    domain: plan.domain,
    mailboxes: Object.fromEntries(waves.map((wave) => [wave.name, wave.mailboxes.size])),
    ...toDomainStack(migration, routing, done),
  };
}
