import { z } from "zod";
import { planSchema } from "../../../plan/index.js";

/** Where a zone at Azure DNS is, as resources have it in state. */
export const azurePlace = z.object({
  kind: z.literal("azure"),
  /** Absent: ARM_SUBSCRIPTION_ID. */
  subscriptionId: z.string().optional(),
  resourceGroup: z.string(),
  tenant: planSchema.shape.tenant,
});
