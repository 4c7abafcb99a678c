import type { GateName, Plan } from "./index.js";

/** A waiver of the plan: the gate that is not asked, and why. */
export type Waiver = Plan["waive"][number];

let declared: readonly Waiver[] | undefined;

/**
 * Declares the waivers of the plan that this run applies. A deletion is not told the plan: it runs with what was saved
 * by the last update, and `pulumi destroy` runs no program at all, so that there a guard knows no waiver.
 */
export function declareWaivers(waivers: readonly Waiver[]): void {
  declared = waivers;
}

/** The plan's reason for waiving a gate, or undefined where it is to be asked. */
export function waiverOf(gate: GateName): string | undefined {
  return declared?.find((waiver) => waiver.gate === gate)?.reason;
}

/**
 * Whether this run applies a plan. In `pulumi destroy` none does: what is removed there was not taken back by a pull
 * request, and mail or Autodiscover must not return to servers that may be gone.
 */
export function planApplies(): boolean {
  return declared !== undefined;
}
