/** Resources of other providers that the rules look at. A rule with a wrong token never fires: a test holds these to the SDKs. */
export { azureRecordSet } from "../src/dns/hosts/azure/native.js";
export { cloudflareRecord } from "../src/dns/hosts/cloudflare/native.js";
