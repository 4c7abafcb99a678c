import { nativeDns } from "../../../plan/dns-plan.js";
import type { AboutHost } from "../host-interface.js";

/** What people are told of Azure DNS and asked of a zone there, and how its zones are recognized. */
export const aboutAzure = {
  title: "Azure DNS",
  nameServers: /\.azure-dns\.(?:com|net|org|info)$/,
  needs: "the zone's resource group (--resource-group), and an Azure sign-in that may change the zone",
  asked: [
    {
      name: "resourceGroup",
      flag: "--resource-group <name>",
      meaning: "The zone's resource group in Azure",
      schema: nativeDns.azure.shape.resourceGroup,
    },
  ],
  propose: ({ resourceGroup = "" }) => ({ host: "azure", resourceGroup }),
  writesWith: { environment: "ARM_SUBSCRIPTION_ID", config: "subscriptionId" },
  reviewsWith: { environment: "ARM_SUBSCRIPTION_ID", secret: "ARM_SUBSCRIPTION_ID" },
} as const satisfies AboutHost;
