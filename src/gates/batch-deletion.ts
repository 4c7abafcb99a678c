import type { CloudSession } from "../cloud/index.js";
import type { InputsOf } from "../contracts/index.js";
import type { Problem } from "../errors/index.js";
import type { MigrationBatchInfo } from "../exchange/index.js";
import { deletionConditions } from "../migration/deletion.js";
import { mailRoutedProblems, tenantMxOf } from "./mail-routing.js";
import { waiverOf } from "./waivers.js";

/** What a deletion of a wave's batches is judged by, as it was last applied. */
export type DeletionFacts = Pick<InputsOf<"MigrationBatch">, "domain" | "routing" | "observed">;

/**
 * Why migration batches must not be deleted yet, asked live: whoever deletes them asks, and whoever takes away what is needed as
 * long as they are. A waiver of this run is no problem.
 */
export async function batchDeletionProblems(
  session: CloudSession,
  facts: DeletionFacts,
  batches: readonly MigrationBatchInfo[],
): Promise<Problem[]> {
  if (batches.length === 0) return [];
  const now = await session.now();
  const routing = facts.routing && { routedAt: new Date(facts.routing.routedAt) };
  const unmet = batches.flatMap((batch) => deletionConditions(batch, routing, now));
  const problems = unmet.filter(({ gate }) => waiverOf(gate) === undefined).map(({ problem }) => problem);
  if (facts.routing !== undefined && waiverOf("mx-observed") === undefined)
    problems.push(
      ...(await mailRoutedProblems(
        facts.domain,
        await tenantMxOf(session, facts.domain, facts.routing.values),
        facts.observed,
      )),
    );
  return problems;
}
