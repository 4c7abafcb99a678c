import { component, isInRecordGroup } from "../../state/component.js";
import type { Step } from "../shared/preview.js";
import { isNative } from "./native-record-sets.js";

/**
 * The records of a preview that a program of one's own keeps beside the migration that it declares by the component: of other
 * names and zones, or of these. They are shown as its other objects are, and say nothing about the migration.
 */
export function foreignRecords(steps: readonly Step[]): ReadonlySet<Step> {
  if (!steps.some(({ type, urn }) => type === component || urn.includes(`${component}$`))) return new Set();
  return new Set(steps.filter((step) => isNative(step) && !isInRecordGroup(step.urn)));
}
