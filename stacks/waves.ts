import type * as pulumi from "@pulumi/pulumi";
import { handsOver, routingFrom, toDomainStack } from "./handover.js";
import { migrate } from "./migrate.js";
import type { Migration } from "./migration.js";
import { reached } from "./reached.js";

/**
 * The waves of one wave stack of a split plan. The domain stack has made the endpoint and passed the gates: that it was applied
 * with this very plan is asked before anything else (`Stage`). Each batch asks again for its own mailboxes, and before it
 * is deleted.
 */
export function migrateWaves(migration: Migration): pulumi.Inputs {
  const { plan, stage, waves, at } = migration;
  const routing = at("route") ? routingFrom(migration) : undefined;
  const migrated = at("migrate") ? migrate(migration, [stage], routing) : undefined;
  const { done } = reached(migration, handsOver(migration), [stage, ...(migrated?.declared ?? [])]);
  return {
    /** The stage this stack is at. */
    stage: plan.stage,
    /** The domain whose mailboxes are migrated. */
    domain: plan.domain,
    /** Mailboxes in each wave's CSV. */
    mailboxes: Object.fromEntries(waves.map((wave) => [wave.name, wave.locals.length])),
    /** What the domain stack goes by. */
    ...toDomainStack(migration, routing, done),
  };
}
