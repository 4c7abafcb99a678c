import type { Finding, StackRule } from "../rule.js";

/**
 * A policy is never shown what a stack deletes. What it sees is which waves the plan has and which batches are declared
 * for them: a wave without a batch before `retire` is one whose batch goes, and from `retire` on the way in must have
 * found every mailbox synced.
 */
export const batchKept: StackRule = {
  name: "batch-deleted-after-sync",
  description: "A migration batch is deleted only at stage retire, and when its mailboxes were found synced.",
  level: "mandatory",
  stack(migration) {
    const { stage, furthest, phases } = migration;
    const gate = migration.passed("retire");
    if (migration.at("retire")) {
      // The domain stack was asked for all waves, and was applied before this one: Stage sees to it.
      if (!migration.movesDomain) return [];
      if (migration.met("retire", "batches-synced") || migration.waives("batches-synced")) return [];
      return [
        {
          subject: "migration batches",
          reason:
            gate === undefined
              ? `are deleted at stage ${stage} although the way into stage retire was not passed`
              : "are deleted although their mailboxes were not found synced on the way into stage retire",
          hint: "Go back to stage route; waive batches-synced with a reason where mailboxes are given up",
        },
      ];
    }
    const kept = new Set(migration.ofKind("MigrationBatch").map(({ props, name }) => props.wave ?? name));
    const begun = Object.entries(phases).filter(([wave, phase]) => phase !== "created" && !kept.has(wave));
    if (migration.at("migrate") || furthest === "migrate")
      return begun.map(
        ([wave]): Finding => ({
          subject: `migration batch ${wave}`,
          reason: `would be deleted at stage ${stage}: its wave is in the plan and has begun, but no batch is declared for it`,
          hint: "Batches are deleted at stage retire; on the way back, set the wave's phase to created if it never started",
        }),
      );
    return [];
  },
};
