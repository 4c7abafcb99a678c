import { mapBounded } from "../../base/map-bounded.js";
import type { Problem } from "../../base/problem.js";
import { isStopped } from "../../base/stop.js";
import { writeProblem } from "./apply.js";
import { sameValue, sameValues, textsOf, valuesOf } from "./attributes.js";
import type { Directory, DirectoryEntry, Modification } from "./connection.js";
import { isBelow } from "./dn.js";
import { decoded } from "./failures.js";
import { findByIdentity, identityOf, keyOf, writeName } from "./identity.js";
import type { AttributeValues } from "./types.js";
import { findByAddress } from "./users.js";

/**
 * Unified Messaging in the directory. Names and the bit 1 of msExchUMEnabledFlags are documented (Exchange's filterable
 * properties, `UMEnabledFlags`, `UMMailboxPolicy`); that Disable-UMMailbox clears just these was not seen, so where the
 * Exchange Management Shell is at hand it is the authority.
 */
const linkAttributes = [
  "msExchUMPinChecksum",
  "msExchUMRecipientDialPlanLink",
  "msExchUMTemplateLink",
] as const;
const flagsAttribute = "msExchUMEnabledFlags";
/** What turning it off and on writes. */
export const unifiedMessagingAttributes: readonly string[] = [
  ...linkAttributes,
  flagsAttribute,
  "proxyAddresses",
];
const enabledBit = 1;

/** A user with Unified Messaging on, and everything that disabling takes away: keep it for the way back. */
export interface UnifiedMessagingUser {
  readonly address: string;
  readonly dn: string;
  /** The user's objectGUID, which stays when the user is moved; absent where the server has none (slapd). */
  readonly objectGuid?: string;
  /** msExchUM* as they were; `proxyAddresses` holds the `EUM:` proxies only (extension and dial plan). */
  readonly settings: AttributeValues;
}

/** How many were changed; every address in one of the three. */
export interface UnifiedMessagingResult {
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly failed: readonly Problem[];
}

function isEum(proxy: string): boolean {
  return /^eum:/i.test(proxy);
}

function flagsOf(dn: string, attributes: AttributeValues): number {
  const text = textsOf(attributes, flagsAttribute)[0] ?? "0";
  return decoded(dn, flagsAttribute, () => {
    if (!/^-?\d{1,10}$/.test(text)) throw new RangeError(`${text.slice(0, 40)} is not an integer`);
    return Number(text);
  });
}

function toUnifiedMessaging(address: string, entry: DirectoryEntry): UnifiedMessagingUser {
  const { attributes } = entry;
  const settings: Record<string, AttributeValues[string]> = {};
  for (const name of [...linkAttributes, flagsAttribute]) {
    const values = valuesOf(attributes, name);
    if (values.length > 0) settings[name] = values;
  }
  const proxies = textsOf(attributes, "proxyAddresses").filter(isEum);
  if (proxies.length > 0) settings["proxyAddresses"] = proxies;
  return { address, ...identityOf(entry), settings };
}

/** Whose Unified Messaging is on, of some addresses. */
export interface UnifiedMessagingSurvey {
  /** Each user once, under the first of the addresses. */
  readonly users: readonly UnifiedMessagingUser[];
  /** Addresses that several objects hold, one of them with Unified Messaging on: whose it is nobody can tell. */
  readonly ambiguous: readonly { readonly address: string; readonly dns: readonly string[] }[];
  /** Who holds the addresses, Unified Messaging or not, by `keyOf`. */
  readonly holders: ReadonlySet<string>;
}

/** Whose Unified Messaging is on (Microsoft's procedure, Prepare, step 5). Addresses that nobody holds are not named here. */
export async function surveyUnifiedMessaging(
  directory: Directory,
  addresses: readonly string[],
): Promise<UnifiedMessagingSurvey> {
  const found = await findByAddress(directory, addresses, [...unifiedMessagingAttributes, "objectGUID"]);
  const users = new Map<string, UnifiedMessagingUser>();
  const ambiguous: { address: string; dns: readonly string[] }[] = [];
  const holders = new Set<string>();
  for (const address of new Set(addresses)) {
    const entries = found.get(address.toLowerCase()) ?? [];
    for (const entry of entries) holders.add(keyOf(identityOf(entry)));
    const on = entries.filter(({ dn, attributes }) => (flagsOf(dn, attributes) & enabledBit) !== 0);
    if (entries.length > 1 && on.length > 0)
      ambiguous.push({ address, dns: entries.map(({ dn }) => dn).sort() });
    else
      for (const entry of on.filter(({ dn }) => isBelow(dn, directory.settings.baseDn))) {
        const user = toUnifiedMessaging(address, entry);
        if (!users.has(keyOf(user))) users.set(keyOf(user), user);
      }
  }
  return { users: [...users.values()], ambiguous, holders };
}

/** Turns Unified Messaging off for listed users: the enabled bit, the links, the PIN's checksum and the `EUM:` proxies. */
export async function disableUnifiedMessaging(
  directory: Directory,
  users: readonly UnifiedMessagingUser[],
): Promise<UnifiedMessagingResult> {
  return await write(directory, users, ({ dn, settings }, now) => {
    const flags = flagsOf(dn, now);
    const off = (flags & enabledBit) === 0 ? [] : [set(flagsAttribute, [String(flags & ~enabledBit)])];
    const links = linkAttributes
      .filter((name) => valuesOf(now, name).length > 0)
      .map((name) => set(name, []));
    const gone = valuesOf(settings, "proxyAddresses").filter((proxy) => has(now, proxy));
    return [...off, ...links, ...part("delete", gone)];
  });
}

/** Gives listed users back what `disableUnifiedMessaging` took; a PIN changed meanwhile is overwritten. */
export async function enableUnifiedMessaging(
  directory: Directory,
  users: readonly UnifiedMessagingUser[],
): Promise<UnifiedMessagingResult> {
  return await write(directory, users, ({ settings }, now) => {
    const own = Object.entries(settings)
      .filter(([name, values]) => name !== "proxyAddresses" && !sameValues(name, valuesOf(now, name), values))
      .map(([name, values]) => set(name, values));
    return [
      ...own,
      ...part(
        "add",
        valuesOf(settings, "proxyAddresses").filter((proxy) => !has(now, proxy)),
      ),
    ];
  });
}

function has(attributes: AttributeValues, proxy: AttributeValues[string][number]): boolean {
  return valuesOf(attributes, "proxyAddresses").some((value) => sameValue("proxyAddresses", value, proxy));
}

function set(attribute: string, values: AttributeValues[string]): Modification {
  return { operation: "replace", attribute, values };
}

function part(operation: "add" | "delete", values: AttributeValues[string]): Modification[] {
  return values.length === 0 ? [] : [{ operation, attribute: "proxyAddresses", values }];
}

async function write(
  directory: Directory,
  users: readonly UnifiedMessagingUser[],
  plan: (user: UnifiedMessagingUser, now: AttributeValues) => readonly Modification[],
): Promise<UnifiedMessagingResult> {
  const changed: string[] = [];
  const unchanged: string[] = [];
  const failed: Problem[] = [];
  const found = await findByIdentity(directory, users, unifiedMessagingAttributes);
  await mapBounded(users, 8, async (user) => {
    const now = found.get(keyOf(user));
    if (now === undefined) {
      failed.push({
        code: "directory-gone",
        subject: user.address,
        operation: `Unified Messaging of ${user.dn}`,
        reason: "is no longer in the directory",
        hint: "The user was deleted; where it was made anew, use Enable-UMMailbox",
      });
      return;
    }
    try {
      const modifications = plan({ ...user, dn: now.dn }, now.attributes);
      if (modifications.length > 0) await directory.modify(writeName(directory, user), modifications);
      (modifications.length > 0 ? changed : unchanged).push(user.address);
    } catch (error) {
      if (isStopped(error)) throw error;
      failed.push(writeProblem({ ...user, operation: `Unified Messaging of ${now.dn}` }, error));
    }
  });
  return { changed, unchanged, failed };
}
