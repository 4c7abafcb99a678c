import type { z } from "zod";
import { MailstageError } from "../../../base/problem.js";
import { EnvironmentTokens } from "../../../microsoft365/http/credential.js";
import { cloudOf } from "../../../microsoft365/index.js";
import type { NativeHost } from "../host-interface.js";
import { openedOnce } from "../shared/opened-zones.js";
import { azureZone, resourceManagers } from "./api.js";
import { azureRecords } from "./native.js";
import type { azurePlace } from "./place.js";

/** Pulumi's package for it. */
export const azureSdk = { name: "@pulumi/azure-native", major: 3 };

/** Azure DNS: a native resource for each set. */
export const azure: NativeHost<z.output<typeof azurePlace>> = {
  records: azureRecords,
  open({ tenant, resourceGroup, ...place }, zone) {
    const subscriptionId = place.subscriptionId ?? process.env["ARM_SUBSCRIPTION_ID"];
    if (subscriptionId === undefined)
      throw new MailstageError({
        code: "azure-subscription-missing",
        subject: `Azure DNS zone ${zone}`,
        reason: "is in a subscription that nobody has named",
        hint: "Set dns.subscriptionId in the plan, or ARM_SUBSCRIPTION_ID",
      });
    const base = process.env["MAILSTAGE_ARM_ENDPOINT"] ?? resourceManagers[tenant.cloud];
    const cloud = cloudOf(tenant);
    return openedOnce([base, subscriptionId, resourceGroup, zone, cloud.tenantId, cloud.authority], () =>
      azureZone({ subscriptionId, resourceGroup, zone }, new EnvironmentTokens(cloud), base),
    );
  },
};
