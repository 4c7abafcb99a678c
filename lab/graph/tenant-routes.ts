import { stableGuid } from "../world.js";
import { type GraphRoute, page } from "./route.js";

/** The organization itself and its subscriptions. */
export const tenantRoutes: readonly GraphRoute[] = [
  {
    route: "GET /organization",
    run: (request, context) =>
      page(
        request,
        context,
        "organization",
        [context.tenant.world],
        (world) => ({
          id: world.tenantId,
          displayName: world.domain,
          countryLetterCode: "US",
          onPremisesSyncEnabled: true,
          onPremisesLastSyncDateTime: new Date(context.now - (context.now % 1_800_000)).toISOString(),
          verifiedDomains: [...context.tenant.domains.values()]
            .filter((domain) => domain.isVerified)
            .map((domain) => ({
              name: domain.id,
              type: "Managed",
              isDefault: domain.isDefault,
              isInitial: domain.isInitial,
              capabilities: domain.supportedServices.join(", "),
            })),
        }),
        ["$select"],
      ),
  },
  {
    route: "GET /subscribedSkus",
    run: (request, context) =>
      page(
        request,
        context,
        "subscribedSkus",
        context.tenant.licensing.skus,
        (sku) => ({
          id: `${context.tenant.world.tenantId}_${sku.skuId}`,
          accountId: context.tenant.world.tenantId,
          accountName: context.tenant.world.domain,
          appliesTo: sku.appliesTo ?? "User",
          capabilityStatus: "Enabled",
          consumedUnits: context.tenant.licensing.consumed(sku.skuId),
          prepaidUnits: { enabled: sku.enabled, suspended: 0, warning: 0, lockedOut: 0 },
          servicePlans: sku.servicePlans.map(({ servicePlanId, servicePlanName, appliesTo = "User" }) => ({
            servicePlanId,
            servicePlanName,
            provisioningStatus: "Success",
            appliesTo,
          })),
          skuId: sku.skuId,
          skuPartNumber: sku.skuPartNumber,
          subscriptionIds: [stableGuid("subscription", sku.skuId)],
        }),
        ["$select"],
      ),
  },
];
