import { walkHost } from "./dns-host-stages.js";

walkHost("cloudflare", "cloudflare:index/dnsRecord:DnsRecord");
