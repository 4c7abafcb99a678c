/** The zones of DNS hosts with an API of their own, read for adoption. */
export { azureZone } from "./azure/api.js";
export { type AzureZonePlace, recordSetId, relativeName } from "./azure/convert.js";
export { cloudflareZone } from "./cloudflare/api.js";
export { automaticTtl, fromCloudflare, toCloudflare } from "./cloudflare/convert.js";
export {
  type Declaration,
  type Declared,
  declare,
  declaredSchema,
  type Granularity,
  type Removal,
  removalSchema,
  type WantedSet,
} from "./declare.js";
export type { HostPlace } from "./host-place.js";
export { importMade, isImportLost, oursAlone, unmanaged, withoutLost } from "./made.js";
export { openZone } from "./native-hosts.js";
export { granularityOf } from "./native-records.js";
export {
  type HostedMemory,
  type HostedPlan,
  type HostedRequest,
  hostedMemorySchema,
  planHosted,
} from "./plan.js";
export { type Refreshed, refreshHosted } from "./refresh.js";
export { sdkInstall, sdkProblems } from "./sdk-package.js";
export { textStrings } from "./strings.js";
export { type HostedName, type HostedRecord, type HostedZone, holds, setOf } from "./zone.js";
