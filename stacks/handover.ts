import type { MigrationEndpoint } from "../providers/migration-endpoint.js";
import * as pulumi from "../providers/sdk.js";
import {
  type DomainHandover,
  domainHandover,
  handoverOutput,
  partDigest,
  revisionOf,
  type WavesHandover,
} from "../src/split/index.js";
import type { Routing } from "./migrate.js";
import type { Migration } from "./migration.js";

/** What another stack of this project said when it was last applied; undefined where it said nothing yet. */
export function handoverOf(stack: string): pulumi.Output<unknown> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  return new pulumi.StackReference(name).getOutput(handoverOutput);
}

/** What the domain stack says: only once everything it declares is done, so that a failed update says nothing new. */
export function toWaveStacks(
  { plan, waveStacks }: Migration,
  endpoint: MigrationEndpoint | undefined,
  routing: Routing,
  declared: readonly pulumi.Resource[],
): pulumi.Inputs {
  const said = pulumi.all([endpoint?.name, routing, done(declared)]).apply(
    ([name, routed]): DomainHandover => ({
      stage: plan.stage,
      revision: revisionOf(plan),
      parts: Object.fromEntries(waveStacks.map(({ stack, part }) => [stack, part])),
      ...(name === undefined ? {} : { endpoint: name }),
      ...(routed === undefined ? {} : { routing: routed }),
    }),
  );
  return { [handoverOutput]: said };
}

/** What a wave stack says, once everything it declares is done. */
export function toDomainStack(
  { plan, waves }: Migration,
  routing: Routing,
  declared: readonly pulumi.Resource[],
): pulumi.Inputs {
  const locals = new Map(waves.map((wave) => [wave.name, wave.locals]));
  const said = pulumi.all([routing, done(declared)]).apply(
    ([routed]): WavesHandover => ({
      stage: plan.stage,
      part: partDigest(plan, pulumi.getStack(), locals),
      ...(routed === undefined ? {} : { routedAt: routed.routedAt }),
    }),
  );
  return { [handoverOutput]: said };
}

/** Where the domain stack has routed mail to. What it says is judged by `Stage`; here it is only read. */
export function routingFrom({ domainSaid }: Migration): Routing {
  return domainSaid.apply((said) => domainHandover.safeParse(said).data?.routing);
}

/** Known when all of these were made or brought up to date. */
function done(resources: readonly pulumi.Resource[]): pulumi.Output<unknown> {
  return pulumi.all(resources.map(({ urn }) => urn));
}
