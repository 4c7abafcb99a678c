import { EqualityFilter, type Filter, OrFilter, SubstringFilter } from "ldapts";
import { textsOf, userAttributes } from "./attributes.js";
import type { Directory, DirectoryEntry, DirectorySearch } from "./connection.js";
import { isBelow } from "./dn.js";
import { identityOf } from "./identity.js";
import type { DirectoryUser, UsersByAddress } from "./types.js";

/** Addresses one OR filter asks for: some 10 KB, well under Active Directory's MaxReceiveBuffer. */
const addressesPerSearch = 150;
/** From this many addresses on, one paged search of every mail recipient is cheaper than OR filters. */
const scanFrom = 5_000;

/** The address in a proxy such as `smtp:a@b`, lower-cased; undefined for another kind of proxy. */
export function smtpAddress(proxy: string): string | undefined {
  return /^smtp:/i.test(proxy) ? proxy.slice(5).toLowerCase() : undefined;
}

/** An entry as a user: its primary address is the upper-case `SMTP:` proxy, else `mail`, else its first address. */
export function toUser({ dn, attributes }: DirectoryEntry): DirectoryUser {
  const proxies = textsOf(attributes, "proxyAddresses");
  const primary = proxies.find((proxy) => proxy.startsWith("SMTP:"))?.slice(5);
  const address =
    primary ?? textsOf(attributes, "mail")[0] ?? proxies.flatMap((proxy) => smtpAddress(proxy) ?? [])[0];
  return {
    address: (address ?? "").toLowerCase(),
    ...identityOf({ dn, attributes }),
    protectedAccount: textsOf(attributes, "adminCount")[0] === "1",
    attributes,
  };
}

/**
 * Every entry that holds one of the addresses, in as few searches as the count allows. All of the domain is looked at, as
 * directory synchronization and mail do: who is outside of the plan's `baseDn` is a holder as well.
 */
export async function findByAddress(
  directory: Directory,
  addresses: readonly string[],
  attributes: readonly string[],
  options: Pick<DirectorySearch, "keep" | "pageSize"> = {},
): Promise<Map<string, DirectoryEntry[]>> {
  const found = new Map<string, DirectoryEntry[]>(addresses.map((address) => [address.toLowerCase(), []]));
  const collect = async (filter: Filter) => {
    const entries = await directory.search({
      ...options,
      base: directory.addressScope,
      scope: "sub",
      filter,
      attributes,
    });
    for (const entry of entries) {
      const held = new Set(textsOf(entry.attributes, "proxyAddresses").map(smtpAddress));
      for (const address of held)
        if (address !== undefined) {
          const list = found.get(address);
          if (list !== undefined && !list.some((other) => other.dn === entry.dn)) list.push(entry);
        }
    }
  };
  if (found.size >= scanFrom)
    await collect(new SubstringFilter({ attribute: "proxyAddresses", initial: "smtp:" }));
  // After a scan only those are asked for who came in while it was under way, or are nowhere.
  const open = [...found].filter(([, entries]) => entries.length === 0).map(([address]) => address);
  for (let start = 0; start < open.length; start += addressesPerSearch)
    await collect(
      new OrFilter({
        filters: open
          .slice(start, start + addressesPerSearch)
          .map((address) => new EqualityFilter({ attribute: "proxyAddresses", value: `smtp:${address}` })),
      }),
    );
  return found;
}

/**
 * The users under the plan's `baseDn` that hold the addresses as a proxy (any case, primary or not), with all attributes
 * of the conversion. A contact or group alone is no user (missing); beside a user it makes the address ambiguous, as for
 * directory synchronization, and so does any holder elsewhere in the domain. @throws MailstageError directory-search
 */
export async function readUsers(directory: Directory, addresses: readonly string[]): Promise<UsersByAddress> {
  const found = await findByAddress(directory, addresses, userAttributes);
  const users = new Map<string, DirectoryUser>();
  const missing: string[] = [];
  const ambiguous: { address: string; dns: string[] }[] = [];
  for (const address of new Set(addresses)) {
    const entries = found.get(address.toLowerCase()) ?? [];
    const [only, ...others] = entries;
    const isUser = textsOf(only?.attributes ?? {}, "objectClass").some(
      (name) => name.toLowerCase() === "user",
    );
    if (others.length > 0) ambiguous.push({ address, dns: entries.map(({ dn }) => dn).sort() });
    else if (only === undefined || !isUser || !isBelow(only.dn, directory.settings.baseDn))
      missing.push(address);
    else users.set(address, toUser(only));
  }
  return { users, missing, ambiguous };
}
