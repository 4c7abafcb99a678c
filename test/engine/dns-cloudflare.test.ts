import { walkHost } from "./dns-host-walk.js";

walkHost("cloudflare", "cloudflare:index/dnsRecord:DnsRecord");
