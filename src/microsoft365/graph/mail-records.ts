import { type GraphClient, isGraphFailure } from "./client.js";
import { listServiceRecords } from "./dns-records.js";

/** What a tenant names for a domain's mail, in the spelling of DNS. */
export interface MailRecords {
  /** `0 contoso-com.mail.protection.outlook.com`; empty until the domain is verified and has Exchange. */
  readonly mx: string[];
  /** Seconds. */
  readonly mxTtl: number | null;
  /** Host that Autodiscover points at. */
  readonly autodiscover: string | null;
  /** SPF policy. */
  readonly spf: string | null;
}

/**
 * The records the tenant names for a domain's mail, now: they can become others at any time (MC1048624), so they are read
 * when they are used, and never computed. A domain that the tenant does not have has none. @throws GraphError
 */
export async function readMailRecords(graph: GraphClient, domain: string): Promise<MailRecords> {
  const records = (await recordsOf(graph, domain)).filter((record) => record.supportedService === "Email");
  const mx = records.flatMap((record) => (record.type === "MX" ? [record] : []));
  const cname = records.find(
    (record) => record.type === "CNAME" && record.label.toLowerCase().startsWith("autodiscover"),
  );
  const spf = records.find((record) => record.type === "TXT" && /^v=spf1\b/i.test(record.text));
  return {
    mx: mx.map((record) => `${record.preference} ${record.mailExchange.toLowerCase()}`).sort(),
    mxTtl: mx[0]?.ttl ?? null,
    autodiscover: cname?.type === "CNAME" ? cname.canonicalName.toLowerCase() : null,
    spf: spf?.type === "TXT" ? spf.text : null,
  };
}

async function recordsOf(graph: GraphClient, domain: string) {
  try {
    return await listServiceRecords(graph, domain);
  } catch (error) {
    if (isGraphFailure(error, "not-found")) return [];
    throw error;
  }
}
