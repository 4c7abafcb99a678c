/**
 * The resources the rules look at. A rule with a wrong token never fires and nobody notices, so that a test holds these
 * to the registry and to the providers' own classes.
 */
export const kinds = [
  "DnsBaseline",
  "DnsManual",
  "DnsRecordSet",
  "Domain",
  "DomainVerification",
  "Gate",
  "LicenseAssignment",
  "MailUserConversion",
  "MigrationBatch",
  "MigrationEndpoint",
  "Stage",
] as const;
/** One of our kinds of resource. */
export type Kind = (typeof kinds)[number];

/** A record at Cloudflare: one resource a value. */
export const cloudflareRecord = "cloudflare:index/dnsRecord:DnsRecord";
/** A record set at Azure DNS. */
export const azureRecordSet = "azure-native:dns:RecordSet";
