/** The seven stages of a staged migration, in the order of the procedure (Microsoft's procedure, "Migration Tasks"). */
export const stages = ["prepare", "verify", "connect", "migrate", "route", "retire", "complete"] as const;

/** One of the seven stages. */
export type StageName = (typeof stages)[number];

/** Whether `stage` is `other` or comes after it. */
export function atLeast(stage: StageName, other: StageName): boolean {
  return stages.indexOf(stage) >= stages.indexOf(other);
}

/** The preconditions that can be waived in the plan, each by its own name and with a reason. */
export const gateNames = [
  "stage-order",
  "preflight",
  "addresses-known",
  "permissions",
  "unified-messaging",
  "snapshots-kept",
  "domain-verified",
  "directory-synchronized",
  "endpoint-tested",
  "coexistence",
  "stacks-applied",
  "mailboxes-listed",
  "batches-synced",
  "mailboxes-converted",
  "licenses-assigned",
  "mx-ttl-expired",
  "mx-observed",
  "mx-switch-72h",
  "synced-after-switch",
  "mailboxes-removed",
] as const;

/** One waivable precondition. */
export type GateName = (typeof gateNames)[number];
