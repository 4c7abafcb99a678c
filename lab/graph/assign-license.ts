import { z } from "zod";
import type { GroupRecord } from "../state.js";
import type { GraphContext } from "./route.js";

/** The body of assignLicense, of a user and of a group (Microsoft Graph v1.0 reference, 2026-11). */
export const licenseChange = z.strictObject({
  addLicenses: z.array(z.strictObject({ skuId: z.guid(), disabledPlans: z.array(z.guid()).optional() })),
  removeLicenses: z.array(z.guid()),
});

/** Has a member's licence from a group worked out, in the service's own time. */
export function workOut(group: GroupRecord, id: string, { now, behaviour }: GraphContext): void {
  group.pending.set(id, now + behaviour.groupLicenseSeconds * 1000);
}
