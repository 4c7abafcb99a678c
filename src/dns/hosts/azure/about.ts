import type { AboutHost } from "../host-interface.js";

/** What people are told of Azure DNS, and how its zones are recognized. */
export const aboutAzure: AboutHost = {
  title: "Azure DNS",
  nameServers: /\.azure-dns\.(?:com|net|org|info)$/,
  needs: "the zone's resource group (--resource-group), and an Azure sign-in that may change the zone",
  writesWith: { environment: "ARM_SUBSCRIPTION_ID", config: "subscriptionId" },
  reviewsWith: { environment: "ARM_SUBSCRIPTION_ID", secret: "ARM_SUBSCRIPTION_ID" },
};
