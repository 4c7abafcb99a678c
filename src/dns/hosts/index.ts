/** The zones of DNS hosts with an API of their own, read for adoption. */

export { hostOfNameServers, isNativeHost, type NativeHostName, nativeHosts } from "./all-about.js";
export { openZone } from "./all-hosts.js";
export { automaticTtlOf, granularityOf } from "./all-native-records.js";
export type { HostPlace } from "./all-places.js";
export { sdkInstall, sdkProblems } from "./all-sdk-packages.js";
export { azureZone } from "./azure/api.js";
export { relativeName } from "./azure/convert.js";
export { cloudflareZone } from "./cloudflare/api.js";
export { automaticTtl, fromCloudflare, toCloudflare } from "./cloudflare/convert.js";
export type {
  Declared,
  Granularity,
} from "./shared/declare.js";
export {
  type HostedMemory,
  type HostedRequest,
  hostedMemorySchema,
} from "./shared/hosted-memory.js";
export {
  importMade,
  isImportChanged,
  isImportLost,
  oursAlone,
  unmanaged,
  withoutLost,
} from "./shared/managed-records.js";
export { planHosted } from "./shared/plan.js";
export { refreshHosted } from "./shared/refresh.js";
export { textStrings } from "./shared/strings.js";
export { type HostedName, type HostedRecord, type HostedZone, holds, setOf } from "./shared/zone.js";
