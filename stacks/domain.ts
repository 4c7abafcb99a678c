import { defined } from "../src/base/defined.js";
import { addsSenders, apexText } from "./apex-text.js";
import { complete } from "./complete.js";
import { connect, connectGate } from "./connect.js";
import { gate } from "./gate.js";
import { handsOver, toWaveStacks } from "./handover.js";
import { mailExchanger } from "./mail-exchanger.js";
import { migrate } from "./migrate.js";
import type { Migration } from "./migration.js";
import type { MigrationOutputs } from "./outputs.js";
import { observeLoweredTtl, prepare } from "./prepare.js";
import { reached } from "./reached.js";
import { retire } from "./retire.js";
import { route, routeGate } from "./route.js";
import { addDomain, verify } from "./verify.js";

/**
 * The domain with its waves, all of them unless the plan is split. Reads top to bottom as Microsoft's procedure does; each
 * stage keeps what the ones before it declared, and does nothing before the plan has reached it.
 */
export function moveDomain(migration: Migration): MigrationOutputs {
  const { at, plan, waves } = migration;

  // Prepare for a staged migration
  const preparation = prepare(migration);
  const { before } = preparation;

  // Verify you own the domain
  const domain = at("verify") ? addDomain(migration, [preparation.gate]) : undefined;
  const mxProof =
    domain && plan.verification === "mx" && !at("connect")
      ? mailExchanger(migration, before, { domain }, [before, domain])
      : undefined;
  const verified = domain && verify(migration, domain, mxProof ? [mxProof] : []);
  const verification = verified?.verification;
  const intoConnect =
    verification && at("connect") ? connectGate(migration, verification.ownership) : undefined;

  // Reduce email delays: the MX keeps its values and gets a short TTL. A proof in it stays until the way into connect is open.
  const mx = at("route")
    ? undefined
    : (mxProof ??
      mailExchanger(migration, before, { ...verification }, intoConnect ? [before, intoConnect] : [before]));
  const lowered = observeLoweredTtl(migration, before, mx);

  // Use directory synchronization to create users; Connect Microsoft 365 to your email system
  const endpoint = intoConnect && connect(migration, intoConnect);

  // Route your email directly to Microsoft 365
  const intoRoute = at("route") ? routeGate(migration, preparation, lowered, [lowered]) : undefined;
  const switched =
    verification && intoRoute && !at("retire")
      ? mailExchanger(migration, before, verification, [intoRoute, verification.ownership])
      : undefined;
  const routed =
    verification && intoRoute ? route(migration, verification, [switched ?? intoRoute]) : undefined;

  // Migrate your mailboxes; Start the staged migration batch; Convert on-premises mailboxes; Repeat
  const intoMigrate =
    endpoint && at("migrate") ? gate(migration, "migrate", [endpoint], { endpoint: endpoint.id }) : undefined;
  // Receivers know Exchange Online as a sender before the first user sends from there.
  const senders =
    verification && intoMigrate && addsSenders(migration)
      ? apexText(migration, verification.domain, verification.ownership.spf, [
          verification.ownership,
          intoMigrate,
        ])
      : [];
  const migrated =
    endpoint && intoMigrate
      ? migrate(migration, [intoMigrate, endpoint, ...senders], routed?.routing)
      : undefined;

  // Delete the staged migration batch; the MX gets its former TTL
  const retired =
    verification && routed && at("retire")
      ? retire(migration, verification, routed.observation, [routed.observation])
      : undefined;
  const restored = retired && mailExchanger(migration, before, { ...verification }, [retired]);

  // Complete post migration tasks
  const completed =
    verification && routed && retired && at("complete")
      ? complete(migration, verification, routed.observation, [retired, ...(migrated?.users ?? [])])
      : undefined;

  const declared = [
    ...preparation.declared,
    lowered,
    ...(verified?.declared ?? []),
    ...senders,
    ...[mx, endpoint, intoRoute, switched, routed?.observation, intoMigrate, retired, restored].filter(
      (resource) => resource !== undefined,
    ),
    ...(migrated?.declared ?? []),
    ...(completed?.declared ?? []),
  ];

  const { done, outputs } = reached(migration, handsOver(migration), declared);

  return {
    stage: plan.stage,
    domain: plan.domain,
    mailboxes: Object.fromEntries(waves.map((wave) => [wave.name, wave.mailboxes.size])),
    formerMx: before.mx,
    ...defined({ tenantMx: verification?.ownership.mx, decommission: completed?.decommission }),
    ...(migration.role.kind === "whole" ? {} : toWaveStacks(migration, endpoint, routed?.routing, done)),
    ...outputs,
  };
}
