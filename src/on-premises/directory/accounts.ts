import { AndFilter, EqualityFilter, OrFilter } from "ldapts";
import { MailstageError } from "../../base/problem.js";
import { textsOf, toOctets, valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry } from "./connection.js";
import { dnValues } from "./dn.js";
import { decoded } from "./failures.js";
import { entryAt } from "./identity.js";
import { sidText } from "./security-descriptor.js";

/** A user or group that permissions can be given to. */
export interface DirectoryAccount {
  readonly dn: string;
  /** `S-1-5-21-…`. */
  readonly sid: string;
}

/**
 * The account of a name: a DN, `DOMAIN\user` (sAMAccountName, of this domain only), or an address: userPrincipalName,
 * `user@dns.name.of.the.domain`, which needs to stand nowhere, or mail.
 * @throws MailstageError directory-no-account, directory-account-ambiguous, directory-account-domain, directory-no-sid, directory-value
 */
export async function findAccount(directory: Directory, name: string): Promise<DirectoryAccount> {
  const isDn = /^[a-z]+=/i.test(name);
  const found = isDn
    ? [await entryAt(directory, name, ["objectSid"])].filter((entry) => entry !== undefined)
    : await byName(directory, name);
  const [account, ...others] = found;
  if (account === undefined)
    throw new MailstageError({
      code: "directory-no-account",
      subject: name,
      reason: `is no account of the directory${isDn ? "" : ` under ${directory.namingContext}`}`,
      hint: "Give its DN, or its name as it stands in sAMAccountName or userPrincipalName",
    });
  if (others.length > 0)
    throw new MailstageError({
      code: "directory-account-ambiguous",
      subject: name,
      reason: `is the name of several accounts: ${found.map(({ dn }) => dn).join("; ")}`,
      hint: "Give the DN of the one that is meant",
    });
  const [octets] = valuesOf(account.attributes, "objectSid");
  if (octets === undefined)
    throw new MailstageError({
      code: "directory-no-sid",
      subject: account.dn,
      reason: "has no objectSid, so it can be given no permission",
      hint: "Name a user or group of this Active Directory",
    });
  return { dn: account.dn, sid: decoded(account.dn, "objectSid", () => sidText(toOctets(octets))) };
}

async function byName(directory: Directory, name: string): Promise<DirectoryEntry[]> {
  const [, domain, short] = /^([^\\]+)\\(.+)$/.exec(name) ?? [];
  if (domain !== undefined && short !== undefined) {
    await refuseOtherDomain(directory, name, domain);
    return await accountsWith(directory, ["sAMAccountName"], short);
  }
  const addressed = await accountsWith(directory, ["userPrincipalName", "mail"], name);
  if (addressed.length > 0) return addressed;
  const [, user, suffix] = /^([^@]+)@([^@]+)$/.exec(name) ?? [];
  const implicit = suffix?.toLowerCase() === dnsName(directory.namingContext);
  return user !== undefined && implicit ? await accountsWith(directory, ["sAMAccountName"], user) : [];
}

async function accountsWith(
  directory: Directory,
  attributes: readonly string[],
  value: string,
): Promise<DirectoryEntry[]> {
  return await directory.search({
    base: directory.namingContext,
    scope: "sub",
    filter: new OrFilter({
      filters: attributes.map((attribute) => new EqualityFilter({ attribute, value })),
    }),
    attributes: ["objectSid"],
  });
}

/** `corp.contoso.com` of `DC=corp,DC=contoso,DC=com`. */
function dnsName(namingContext: string): string {
  return dnValues(namingContext).join(".").toLowerCase();
}

/** Only this domain is searched: a user of another one may have the same name here, and be somebody else. */
async function refuseOtherDomain(directory: Directory, name: string, domain: string): Promise<void> {
  const { configurationContext, namingContext } = directory;
  if (configurationContext === undefined) return;
  const [described] = await directory.search({
    base: configurationContext,
    scope: "sub",
    filter: new AndFilter({
      filters: [
        new EqualityFilter({ attribute: "objectClass", value: "crossRef" }),
        new EqualityFilter({ attribute: "nCName", value: namingContext }),
      ],
    }),
    attributes: ["nETBIOSName"],
  });
  const [own] = textsOf(described?.attributes ?? {}, "nETBIOSName");
  const names = [own, dnsName(namingContext)].map((one) => one?.toLowerCase());
  if (own === undefined || names.includes(domain.toLowerCase())) return;
  throw new MailstageError({
    code: "directory-account-domain",
    subject: name,
    reason: `is of the domain ${domain}, and ${directory.settings.url} is a domain controller of ${own}`,
    hint: `Name an account of ${own}, or a domain controller of ${domain} in directory.url`,
  });
}
