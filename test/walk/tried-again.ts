import type { Step } from "../engine/events.js";

/**
 * Whether an update is there because the last one has not done all, and was told so: what failed is tried again by every one
 * (docs/architecture.md, "pending"), as is what the service is still working out.
 */
export function triedAgain({ op, type, oldInputs, oldOutputs }: Step): boolean {
  const some = (key: string) => Number(oldOutputs[key] ?? 0) > 0;
  if (op !== "update") return false;
  // At `route` the MX comes after the observation of its TTL, which therefore sees a TTL that the plan has lowered there one update
  // later, and says so.
  if (type.endsWith(":DnsObservation")) return oldOutputs["observedAt"] === null;
  // What was waited for and has not ended by then is waited for again.
  if (type.endsWith(":MigrationBatch"))
    return Number(oldInputs["wait"] ?? 0) > 0 && oldOutputs["status"] === "Syncing";
  return type.endsWith(":LicenseAssignment") && (some("failedCount") || some("processing"));
}
