import { z } from "zod";
import { defined } from "../../../base/defined.js";
import { type DnsPlan, type Plan, planSchema } from "../../../plan/index.js";

/** Where a zone at Azure DNS is, as resources have it in state. */
export const azurePlace = z.object({
  kind: z.literal("azure"),
  /** Absent: ARM_SUBSCRIPTION_ID. */
  subscriptionId: z.string().optional(),
  resourceGroup: z.string(),
  tenant: planSchema.shape.tenant,
});

/** The zone of a plan. */
export const azurePlaceInPlan = (
  { resourceGroup, subscriptionId }: Extract<DnsPlan, { host: "azure" }>,
  tenant: Plan["tenant"],
): z.output<typeof azurePlace> => ({ kind: "azure", tenant, resourceGroup, ...defined({ subscriptionId }) });
