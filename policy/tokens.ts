/** Resources of other providers that the rules look at. A rule with a wrong token never fires: a test holds these to the SDKs. */

/** A record at Cloudflare: one resource a value. */
export const cloudflareRecord = "cloudflare:index/dnsRecord:DnsRecord";
/** A record set at Azure DNS. */
export const azureRecordSet = "azure-native:dns:RecordSet";
