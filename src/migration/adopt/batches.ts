import type { Problem } from "../../base/problem.js";
import { firstOf, mailboxes } from "../../base/words.js";
import { isIdle, type MigrationBatchInfo } from "../../microsoft365/exchange/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { presentMailboxes, sameMembers, type WaveBatches } from "../wave-batches.js";

/**
 * Where batches that stand are not as the plan says beyond what keeps `pulumi up` from taking them over, which is refused anyway
 * (`adoptionProblems`): what it would add or set.
 */
export async function adoptedBatchProblems(
  { exchange }: CloudSession,
  wanted: WaveBatches,
  batches: readonly (MigrationBatchInfo | undefined)[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, [batchName, listed]] of Object.entries(wanted.byBatch).entries()) {
    const batch = batches[index];
    if (batch === undefined) continue;
    const differs = (reason: string, hint: string) =>
      problems.push({ code: "adopt-batch-differs", subject: `batch ${batchName}`, reason, hint });
    const lacking = listed.minus(await presentMailboxes(exchange, wanted, batchName));
    if (lacking.size > 0)
      differs(
        `exists without ${mailboxes(lacking.size)} that ${wanted.csv} lists for it: ${firstOf(lacking.addresses(wanted.domain))}`,
        `Take them out of ${wanted.csv} until it is adopted, or add them to the batch (Set-MigrationBatch -AddUsers)`,
      );
    const idle = isIdle(batch);
    if (wanted.started && idle)
      differs(
        `is ${batch.status}, and by the plan it is started`,
        "Set phase: created in the plan until it is adopted, or start it (Start-MigrationBatch)",
      );
    if (!wanted.started && !idle)
      differs(`is ${batch.status}, and by the plan it is not started`, "Set phase: started in the plan");
    const { notificationEmails } = wanted;
    if (notificationEmails !== undefined && !sameMembers(batch.notificationEmails, notificationEmails))
      differs(
        `notifies ${batch.notificationEmails.join(", ") || "nobody"}, and by the plan ${notificationEmails.join(", ")}`,
        "Make notificationEmails in the plan the same, and change it after it is adopted",
      );
  }
  return problems;
}
