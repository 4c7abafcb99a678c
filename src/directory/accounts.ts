import { EqualityFilter, type Filter, OrFilter, PresenceFilter } from "ldapts";
import { MailstageError } from "../errors/index.js";
import { toOctets, valuesOf } from "./attributes.js";
import type { Directory } from "./connection.js";
import { decoded, resultCode } from "./failures.js";
import { sidText } from "./security-descriptor.js";

/** A user or group that permissions can be given to. */
export interface DirectoryAccount {
  readonly dn: string;
  /** `S-1-5-21-…`. */
  readonly sid: string;
}

/**
 * The account of a name: a DN, `DOMAIN\user` (sAMAccountName; the domain is not looked at, since only one is searched),
 * or an address (userPrincipalName or mail).
 * @throws MailstageError directory-no-account, directory-account-ambiguous, directory-no-sid, directory-value
 */
export async function findAccount(directory: Directory, name: string): Promise<DirectoryAccount> {
  const isDn = /^[a-z]+=/i.test(name);
  const search = isDn
    ? { base: name, scope: "base" as const, filter: new PresenceFilter({ attribute: "objectClass" }) }
    : { base: directory.namingContext, scope: "sub" as const, filter: nameFilter(name) };
  const found = await directory.search({ ...search, attributes: ["objectSid"] }).catch((error: unknown) => {
    if (resultCode(error) === 32) return [];
    throw error;
  });
  const [account, ...others] = found;
  if (account === undefined)
    throw new MailstageError({
      code: "directory-no-account",
      subject: name,
      reason: `is no account of the directory${isDn ? "" : ` under ${directory.namingContext}`}`,
      hint: "give its DN, or its name as it stands in sAMAccountName or userPrincipalName",
    });
  if (others.length > 0)
    throw new MailstageError({
      code: "directory-account-ambiguous",
      subject: name,
      reason: `is the name of several accounts: ${found.map(({ dn }) => dn).join("; ")}`,
      hint: "give the DN of the one that is meant",
    });
  const [octets] = valuesOf(account.attributes, "objectSid");
  if (octets === undefined)
    throw new MailstageError({
      code: "directory-no-sid",
      subject: account.dn,
      reason: "has no objectSid, so it can be given no permission",
      hint: "name a user or group of this Active Directory",
    });
  return { dn: account.dn, sid: decoded(account.dn, "objectSid", () => sidText(toOctets(octets))) };
}

function nameFilter(name: string): Filter {
  const short = /^[^\\]+\\(.+)$/.exec(name)?.[1];
  if (short !== undefined) return new EqualityFilter({ attribute: "sAMAccountName", value: short });
  return new OrFilter({
    filters: ["userPrincipalName", "mail"].map((attribute) => new EqualityFilter({ attribute, value: name })),
  });
}
