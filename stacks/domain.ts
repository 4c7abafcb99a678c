import type * as pulumi from "@pulumi/pulumi";
import { complete } from "./complete.js";
import { connect } from "./connect.js";
import { gate } from "./gate.js";
import { toWaveStacks } from "./handover.js";
import { mailExchanger } from "./mail-exchanger.js";
import { migrate } from "./migrate.js";
import type { Migration } from "./migration.js";
import { observeLoweredTtl, prepare } from "./prepare.js";
import { retire } from "./retire.js";
import { route, routeGate } from "./route.js";
import { verify } from "./verify.js";

/**
 * The domain with its waves, all of them unless the plan is split. Reads top to bottom as Microsoft's procedure does; each
 * stage keeps what the ones before it declared, and does nothing before the plan has reached it.
 */
export function moveDomain(migration: Migration): pulumi.Inputs {
  const { at, plan, waves } = migration;

  // Prepare for a staged migration
  const preparation = prepare(migration);
  const { before } = preparation;

  // Verify you own the domain
  const verification = at("verify") ? verify(migration, [preparation.gate]) : undefined;

  // Reduce email delays: the MX keeps its values and gets a short TTL
  const mx = at("route") ? undefined : mailExchanger(migration, before, verification, [before]);
  const lowered = observeLoweredTtl(migration, before, mx);

  // Use directory synchronization to create users; Connect Microsoft 365 to your email system
  const endpoint = verification && at("connect") ? connect(migration, [verification.ownership]) : undefined;

  // Route your email directly to Microsoft 365
  const routeWay = at("route") ? routeGate(migration, preparation, lowered, [lowered]) : undefined;
  const switched =
    verification && routeWay && !at("retire")
      ? mailExchanger(migration, before, verification, [routeWay, verification.ownership])
      : undefined;
  const routed =
    verification && routeWay ? route(migration, verification, [switched ?? routeWay]) : undefined;

  // Migrate your mailboxes; Start the staged migration batch; Convert on-premises mailboxes; Repeat
  const migrated =
    endpoint && at("migrate")
      ? migrate(migration, [gate(migration, "migrate", [endpoint]), endpoint], routed?.routing)
      : undefined;

  // Delete the staged migration batch; the MX gets its former TTL
  const retired =
    verification && routed && at("retire")
      ? retire(migration, verification, routed.observation, [routed.observation])
      : undefined;
  const restored = retired && mailExchanger(migration, before, verification, [retired]);

  // Complete post migration tasks
  const completed =
    verification && routed && retired && at("complete")
      ? complete(migration, verification, routed.observation, [retired, ...(migrated?.users ?? [])])
      : undefined;

  // What the stack tells about itself; what a stage has not reached yet is left out.
  return {
    /** The stage this stack is at. */
    stage: plan.stage,
    /** The domain that is migrated. */
    domain: plan.domain,
    /** Mailboxes in each wave's CSV. */
    mailboxes: Object.fromEntries(waves.map((wave) => [wave.name, wave.locals.length])),
    /** The MX before the migration. */
    formerMx: before.mx,
    /** The MX the tenant names, from `verify` on. */
    ...(verification === undefined ? {} : { tenantMx: verification.ownership.mx }),
    /** What is left for people to do, at `complete`. */
    ...(completed === undefined ? {} : { decommission: completed.decommission }),
    /** What the wave stacks of a split plan go by. */
    ...(migration.part.kind === "whole"
      ? {}
      : toWaveStacks(migration, endpoint, routed?.routing, [
          preparation.gate,
          before,
          lowered,
          ...[
            mx,
            endpoint,
            verification?.ownership,
            routeWay,
            switched,
            routed?.observation,
            retired,
            restored,
          ].filter((resource) => resource !== undefined),
          ...(migrated?.declared ?? []),
        ])),
  };
}
