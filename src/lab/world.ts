import { createHash, randomBytes } from "node:crypto";
import type { MailboxFile } from "../csv/index.js";
import type { RecordSet } from "../dns/index.js";
import type { Plan } from "../plan/plan.js";

/** What goes wrong with one mailbox, in the service's own terms; `transient` fails once and succeeds when it is retried. */
export type MailboxFault =
  | "not-found"
  | "quota"
  | "access-denied"
  | "not-mail-user"
  | "transient"
  | "skipped-items"
  | "slow";

/** One on-premises mailbox, which directory synchronization has already brought to the tenant as a mail user. */
export interface WorldMailbox {
  /** Primary SMTP address; also the user principal name once the domain is verified. */
  readonly emailAddress: string;
  /** @default the local part */
  readonly displayName?: string;
  /** The batch it is planned for; only for people who read the lab's state. */
  readonly wave?: string;
  /** Content in MB; decides how long the copy takes. @default derived from the address, 100 to 1,300 */
  readonly sizeMb?: number;
  readonly fault?: MailboxFault;
  /** Usage location that directory synchronization delivered. @default none, as is usual */
  readonly usageLocation?: string;
  /** Whether Unified Messaging is on for it. @default false */
  readonly unifiedMessaging?: boolean;
}

/** Everything a lab is made of: the customer's side and the tenant, before the migration begins. */
export interface World {
  readonly domain: string;
  readonly tenantId: string;
  /** The tenant's first domain, such as `contoso.onmicrosoft.com`. */
  readonly initialDomain: string;
  /** The mail exchanger Microsoft names for the domain: to be read from the tenant, never computed. */
  readonly mailExchange: string;
  readonly mailboxes: readonly WorldMailbox[];
  /** The domain's zone as it is published today. */
  readonly zone: readonly RecordSet[];
  readonly source: {
    /** The migration administrator, `DOMAIN\user` or an e-mail address. */
    readonly account: string;
    readonly password: string;
    readonly exchangeServer: string;
    readonly rpcProxyServer: string;
    readonly testMailbox: string;
    readonly authentication: "Basic" | "Ntlm";
    /** Name of an endpoint an administrator has made by hand already. */
    readonly existingEndpoint?: string;
  };
  readonly sku: { readonly skuPartNumber: string; readonly skuId: string; readonly seats: number };
  /** A security group that carries the licence. */
  readonly licenceGroup?: string;
  readonly directory: {
    readonly baseDn: string;
    readonly bindDn: string;
    readonly password: string;
    readonly exchange: "2003" | "2007";
  };
  readonly tsig: {
    readonly name: string;
    readonly algorithm: "hmac-sha256" | "hmac-sha384" | "hmac-sha512";
    /** Base64. */
    readonly secret: string;
  };
  /** The app registration that may call Graph and Exchange. */
  readonly application: { readonly clientId: string; readonly clientSecret: string };
}

/** A GUID that is the same for the same words, so that a lab's objects keep their ids from run to run. */
export function stableGuid(...words: readonly string[]): string {
  const hex = createHash("sha1").update(words.join("\u0000")).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A number from 0 up to (not including) `limit`, the same for the same words. */
export function stableNumber(limit: number, ...words: readonly string[]): number {
  return createHash("sha1").update(words.join("\u0000")).digest().readUInt32BE(0) % limit;
}

/** Licences known by name: skuPartNumber → skuId (Microsoft's product names list, checked 2026-11). */
const knownSkus: Readonly<Record<string, string>> = {
  ENTERPRISEPACK: "6fd2c87f-b296-42f0-b197-1e91e994b900",
  ENTERPRISEPREMIUM: "c7df2760-2c81-4ef7-b578-5b5392b571df",
  EXCHANGESTANDARD: "4b9405b0-7788-4568-add1-99614e613b69",
  EXCHANGEENTERPRISE: "19ec0d23-8335-4cbd-94ac-6050e30712fa",
  SPE_E3: "05e9a617-0261-4cee-bb44-138d3ef5d965",
  SPE_E5: "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
  O365_BUSINESS_PREMIUM: "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
};

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function skuOf(plan: Plan): { skuPartNumber: string; skuId: string } {
  const wanted = "sku" in plan.licenses ? plan.licenses.sku : "ENTERPRISEPACK";
  const byId = Object.entries(knownSkus).find(([, skuId]) => skuId === wanted.toLowerCase());
  if (byId !== undefined) return { skuPartNumber: byId[0], skuId: byId[1] };
  if (guidPattern.test(wanted)) return { skuPartNumber: "LAB_SKU", skuId: wanted.toLowerCase() };
  return { skuPartNumber: wanted, skuId: knownSkus[wanted] ?? stableGuid("sku", wanted) };
}

/** The zone a domain has before a migration when none is given: one MX of its own with a day's TTL, an SPF record, a web host. */
function customaryZone(domain: string): RecordSet[] {
  return [
    { name: domain, type: "MX", ttl: 86_400, values: [`10 mail.${domain}.`] },
    { name: domain, type: "TXT", ttl: 86_400, values: [`v=spf1 mx ip4:192.0.2.10 -all`] },
    { name: `mail.${domain}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
    { name: `autodiscover.${domain}`, type: "CNAME", ttl: 3600, values: [`mail.${domain}.`] },
    { name: `www.${domain}`, type: "A", ttl: 3600, values: ["192.0.2.80"] },
  ];
}
