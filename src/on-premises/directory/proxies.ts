import { smtpAddress } from "./users.js";

/** What decides which address is the primary one where the list has none, or several. */
export interface PrimaryHints {
  /** The cloud mailbox's primary address, lower-cased. */
  readonly cloud: string;
  /** The user's `mail`, lower-cased. */
  readonly mail: string | undefined;
}

/**
 * The proxies of a converted user: all that were there, without repetitions in another case, exactly one `SMTP:`,
 * and the given X500 addresses. The order of what stays is kept, so a second run yields the same list.
 */
export function convertedProxies(
  proxies: readonly string[],
  x500: readonly string[],
  hints: PrimaryHints,
): readonly string[] {
  const primary = choosePrimary(proxies, hints);
  const result = new Map<string, string>();
  for (const proxy of [...proxies, ...x500.map((dn) => `X500:${dn}`)]) {
    const address = smtpAddress(proxy);
    const key = proxy.toLowerCase();
    if (address === undefined) {
      if (!result.has(key)) result.set(key, proxy);
      continue;
    }
    const prefix = address === primary ? "SMTP:" : "smtp:";
    const wanted = prefix + proxy.slice(5);
    // Of two spellings the one that needs no edit stays.
    const before = result.get(key);
    if (before === undefined || (wanted === proxy && !proxies.includes(before))) result.set(key, wanted);
  }
  return [...result.values()];
}

function choosePrimary(proxies: readonly string[], { cloud, mail }: PrimaryHints): string | undefined {
  const marked = [
    ...new Set(
      proxies.filter((proxy) => proxy.startsWith("SMTP:")).map((proxy) => proxy.slice(5).toLowerCase()),
    ),
  ];
  if (marked.length === 1) return marked[0];
  const candidates = marked.length > 1 ? marked : proxies.flatMap((proxy) => smtpAddress(proxy) ?? []);
  if (candidates.includes(cloud)) return cloud;
  if (mail !== undefined && candidates.includes(mail)) return mail;
  return candidates[0];
}
