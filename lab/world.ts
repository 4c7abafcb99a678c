import { createHash, randomBytes } from "node:crypto";
import type { RecordSet } from "../src/dns/index.js";
import type { MailboxFile } from "../src/plan/csv/index.js";
import type { Plan } from "../src/plan/plan.js";
import type { Service } from "./dns/index.js";
import type { ServicePlan } from "./state.js";

/** What goes wrong with one mailbox, in the service's own terms; `transient` fails once and succeeds when it is retried. */
export type MailboxFault =
  | "not-found"
  | "quota"
  | "access-denied"
  | "not-mail-user"
  | "transient"
  | "skipped-items"
  | "slow";

/** What a mailbox on premises is for; a system mailbox is Exchange's own. */
export type MailboxKind = "shared" | "room" | "equipment" | "linked" | "system";

/** A subscription of the tenant. */
export interface WorldSku {
  readonly skuPartNumber: string;
  readonly skuId: string;
  readonly seats: number;
  /** @default those of its name, or of a suite with mail */
  readonly servicePlans?: readonly ServicePlan[];
  /** @default User */
  readonly appliesTo?: "User" | "Company";
  /** Countries it may not be used in. */
  readonly prohibitedIn?: readonly string[];
}

/** One on-premises mailbox, which directory synchronization has already brought to the tenant as a mail user. */
export interface WorldMailbox {
  /** Primary SMTP address; also the user principal name once the domain is verified. */
  readonly emailAddress: string;
  /** @default the local part */
  readonly displayName?: string;
  /** Further addresses of the user. */
  readonly aliases?: readonly string[];
  /** What kind of mailbox it is on premises. @default a user's own */
  readonly kind?: MailboxKind;
  /** The batch it is planned for; only for people who read the lab's state. */
  readonly wave?: string;
  /** Content in MB; decides how long the copy takes. @default derived from the address, 100 to 1,300 */
  readonly sizeMb?: number;
  readonly fault?: MailboxFault;
  /** Usage location that directory synchronization delivered. @default none, as is usual */
  readonly usageLocation?: string;
  /** The password its list gives, where the lab is to judge what is uploaded; never one of production. */
  readonly password?: string;
  /** Whether Unified Messaging is on for it. @default false */
  readonly unifiedMessaging?: boolean;
  /** Whether AdminSDHolder protects the user, so that the migration account cannot write targetAddress. @default false */
  readonly protectedAccount?: boolean;
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
  /** The zone's name, where it is one above the domain's. @default the domain */
  readonly zoneName?: string;
  /** SRV records of the zone. */
  readonly services?: readonly Service[];
  readonly source: {
    /** The migration administrator, `DOMAIN\user` or an e-mail address. */
    readonly account: string;
    readonly password: string;
    readonly exchangeServer: string;
    readonly rpcProxyServer: string;
    readonly testMailbox: string;
    /**
     * What the account may do in the directory: write targetAddress everywhere, or (`granted`) only where an access
     * list lets it. @default targetAddress
     */
    readonly rights?: "targetAddress" | "granted";
    readonly authentication: "Basic" | "Ntlm";
    /** Name of an endpoint an administrator has made by hand already. */
    readonly existingEndpoint?: string;
  };
  readonly sku: WorldSku;
  /** Subscriptions beside it. */
  readonly otherSkus?: readonly WorldSku[];
  /** A security group that carries the licence. */
  readonly licenseGroup?: string;
  /** Service plans that the group's licence leaves out. */
  readonly licenseGroupWithout?: readonly string[];
  readonly directory: {
    readonly baseDn: string;
    readonly bindDn: string;
    readonly password: string;
    readonly exchange: "2003" | "2007";
    /** delegate: a plain account that was granted the users, and so may not write those AdminSDHolder protects. @default admin */
    readonly rights?: "admin" | "delegate";
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
    { name: domain, type: "MX", ttl: 86_400, values: [`10 mail.${domain}`] },
    { name: domain, type: "TXT", ttl: 86_400, values: ["v=spf1 mx ip4:192.0.2.10 -all"] },
    { name: `mail.${domain}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
    { name: `autodiscover.${domain}`, type: "CNAME", ttl: 3600, values: [`mail.${domain}`] },
    { name: `www.${domain}`, type: "A", ttl: 3600, values: ["192.0.2.80"] },
  ];
}

/**
 * The world a plan speaks of: every mailbox of its files with a user in the directory and the tenant, the domain's zone,
 * seats for all and a tenth more. Passwords are made up: a lab never holds those of production.
 * @param zone the domain's records as they are today; absent: an MX of its own, SPF and a web host
 */
export function worldFromPlan(
  plan: Plan,
  files: readonly MailboxFile[],
  zone?: readonly RecordSet[],
  services: readonly Service[] = [],
): World {
  const { domain, source, directory, tenant } = plan;
  const firstLabel = domain.split(".")[0] ?? domain;
  const listed = new Map<string, WorldMailbox>();
  for (const file of files)
    for (const row of file.rows) {
      const unifiedMessaging = plan.waves.find(({ name }) => name === file.wave)?.unifiedMessaging !== "keep";
      listed.set(row.emailAddress, { emailAddress: row.emailAddress, wave: file.wave, unifiedMessaging });
    }
  // The connection is tested with a mailbox that exists, listed or not.
  const tested = source.testMailbox.toLowerCase();
  if (!listed.has(tested)) listed.set(tested, { emailAddress: tested });
  const [sourcePassword, directoryPassword] = [secret(), secret()];
  const key = plan.dns.host === "rfc2136" ? plan.dns.key : undefined;
  return {
    domain,
    tenantId: tenant.id.toLowerCase(),
    initialDomain: `${firstLabel.replaceAll("-", "")}.onmicrosoft.com`,
    mailExchange: `${domain.replaceAll(".", "-")}.mail.protection.outlook.com`,
    mailboxes: [...listed.values()],
    zone: zone ?? customaryZone(domain),
    ...(zone === undefined || plan.dns.zone === undefined ? {} : { zoneName: plan.dns.zone }),
    ...(services.length === 0 ? {} : { services }),
    source: {
      account: source.account,
      password: sourcePassword,
      exchangeServer: source.exchangeServer ?? `exchange.${domain}`,
      rpcProxyServer: source.rpcProxyServer ?? `mail.${domain}`,
      testMailbox: tested,
      authentication: source.authentication,
      ...(source.credentials === "adopt" ? { existingEndpoint: source.endpointName } : {}),
    },
    sku: { ...skuOf(plan), seats: Math.ceil(listed.size * 1.1) },
    ...("group" in plan.licenses ? { licenseGroup: plan.licenses.group.toLowerCase() } : {}),
    directory: {
      baseDn: directory.baseDn,
      bindDn: directory.bindDn,
      // A plan may use one account for both; it has one password.
      password: isAccountOf(source.account, directory.bindDn) ? sourcePassword : directoryPassword,
      exchange: source.exchange,
    },
    tsig: {
      name: key?.name ?? "mailstage-lab",
      algorithm: key?.algorithm ?? "hmac-sha256",
      secret: randomBytes(32).toString("base64"),
    },
    application: { clientId: stableGuid("application", tenant.id), clientSecret: secret() },
  };
}

/** Whether a DN is that of the account called `DOMAIN\\user` or `user@domain`, by its first part. */
export function isAccountOf(account: string, dn: string): boolean {
  const user = account.includes("\\") ? account.slice(account.indexOf("\\") + 1) : account.replace(/@.*/, "");
  return dn.toLowerCase().startsWith(`cn=${user.toLowerCase()},`);
}

function secret(): string {
  return `Lab-${randomBytes(15).toString("base64url")}`;
}
