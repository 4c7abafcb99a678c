import type { MigrationEndpoint } from "../providers/migration-endpoint.js";
import * as pulumi from "../providers/sdk.js";
import { defined } from "../src/base/defined.js";
import {
  type DomainHandover,
  domainHandover,
  handoverDigest,
  handoverOutput,
  revisionOf,
  shareDigest,
  type WavesHandover,
} from "../src/plan/split/index.js";
import type { Routing } from "./migrate.js";
import type { Migration } from "./migration.js";

/** What the domain stack was applied with, as far as the wave stacks go by it. */
const appliedWith = ({ plan, waveStacks }: Migration) => ({
  revision: revisionOf(plan),
  shares: Object.fromEntries(waveStacks.map(({ stack, share }) => [stack, share])),
});

/** A wave stack's part of the plan, as the domain stack compares it. */
const ownShare = ({ plan, waves }: Migration) =>
  shareDigest(plan, pulumi.getStack(), new Map(waves.map((wave) => [wave.name, wave.mailboxes])));

/** Tells whether another stack of a split plan would hear something new; undefined where the plan is not split. */
export function handsOver(migration: Migration): string | undefined {
  switch (migration.role.kind) {
    case "whole":
      return undefined;
    case "domain":
      return handoverDigest(appliedWith(migration));
    case "waves":
      return ownShare(migration);
  }
}

/**
 * What the domain stack says: only once everything it declares is done, so that a failed update says nothing new.
 * @param done made after everything else
 */
export function toWaveStacks(
  migration: Migration,
  endpoint: MigrationEndpoint | undefined,
  routing: Routing,
  done: pulumi.Resource,
): { handover: pulumi.Output<DomainHandover> } {
  const said = pulumi.all([endpoint?.name, routing, done.urn]).apply(
    ([name, routed]): DomainHandover => ({
      stage: migration.plan.stage,
      ...appliedWith(migration),
      ...defined({ endpoint: name, routing: routed }),
    }),
  );
  return { [handoverOutput]: said };
}

/**
 * What a wave stack says, once everything it declares is done.
 * @param done made after everything else
 */
export function toDomainStack(
  migration: Migration,
  routing: Routing,
  done: pulumi.Resource,
): { handover: pulumi.Output<WavesHandover> } {
  const said = pulumi.all([routing, done.urn]).apply(
    ([routed]): WavesHandover => ({
      stage: migration.plan.stage,
      share: ownShare(migration),
      ...defined({ routedAt: routed?.routedAt }),
    }),
  );
  return { [handoverOutput]: said };
}

/** Where the domain stack has routed mail to. What it says is judged by `Stage`; here it is only read. */
export function routingFrom({ domainSaid }: Migration): Routing {
  return domainSaid.apply((said) => domainHandover.safeParse(said).data?.routing);
}
