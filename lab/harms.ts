import { hasValue } from "./directory/entries.js";
import type { LabDns } from "./dns/index.js";
import type { MailPremises } from "./mail-flow.js";
import type { Instant } from "./state.js";
import type { Tenant } from "./tenant.js";
import type { World } from "./world.js";

/** What harms are seen in. */
export interface HarmWorld {
  readonly tenant: Tenant;
  readonly dns: LabDns;
  readonly premises: MailPremises;
}

/** Watches for harms other than to the mail flow that show in what stands there. Looked at whenever anything may have changed. */
export class Harms {
  #directory = "";
  readonly #spfBefore: number;

  constructor(readonly world: HarmWorld) {
    const { domain, zone } = world.tenant.world;
    this.#spfBefore = zone
      .filter(({ name, type }) => name === domain && type === "TXT")
      .flatMap(({ values }) => values)
      .filter(isSpf).length;
  }

  look(now: Instant): void {
    this.#conversions(now);
    this.#senderPolicy(now);
    this.#objects(now);
  }

  /** Who has lost the mailbox on premises before all of it was copied. */
  #conversions(now: Instant): void {
    const { tenant, premises } = this.world;
    const version = premises.version();
    if (version === this.#directory) return;
    this.#directory = version;
    for (const person of tenant.people) {
      if (person.syncedAt !== undefined) continue;
      const [entry] = premises.directory.findByAddress(person.emailAddress);
      if (entry !== undefined && !hasValue(entry.attributes, "homeMDB"))
        tenant.alarms.raise(
          "converted-before-sync",
          person.emailAddress,
          "lost its on-premises mailbox before it was copied",
          now,
        );
    }
  }

  /** A second sender policy makes receivers take the domain for one without any (RFC 7208 §4.5). */
  #senderPolicy(now: Instant): void {
    const { tenant, dns } = this.world;
    const { domain } = tenant.world;
    const policies = (dns.answer(domain, "TXT")?.values ?? []).filter(isSpf);
    if (policies.length > Math.max(1, this.#spfBefore))
      tenant.alarms.raise("second-spf", domain, `has ${policies.length} sender policies`, now);
  }

  /** What a migration of this domain has no use for. */
  #objects(now: Instant): void {
    const { tenant } = this.world;
    for (const { id, isInitial } of tenant.domains.values())
      if (!isInitial && id !== tenant.world.domain)
        tenant.alarms.raise("not-asked-for", id, "was added to the tenant and is not the plan's domain", now);
    const [, second] = tenant.endpoints;
    if (second !== undefined)
      tenant.alarms.raise("not-asked-for", second.name, "is a second migration endpoint", now);
  }
}

const isSpf = (value: string) => /^v=spf1(\s|$)/i.test(value);

/** Raises an alarm for every uploaded password that is not the one its list gives. */
export function judgePasswords(
  rows: readonly { readonly emailAddress: string; readonly password: string }[],
  tenant: Tenant,
  now: Instant,
): void {
  const listed = tenant.world.mailboxes.filter(({ password }) => password !== undefined);
  if (listed.length === 0) return;
  const uploaded = new Map(rows.map(({ emailAddress, password }) => [emailAddress, password]));
  for (const { emailAddress, password } of listed) {
    const given = uploaded.get(emailAddress.toLowerCase());
    if (given !== undefined && given !== password)
      tenant.alarms.raise(
        "password-differs",
        emailAddress.toLowerCase(),
        "was given a password for its first sign-in that is not the one its list has",
        now,
      );
  }
}

/** Raises an alarm when a request names a secret where logs keep it: in its address. */
export function watchAddresses(
  world: World,
  tenant: Tenant,
  secrets: () => Iterable<string>,
): (url: URL, now: Instant) => void {
  const passwords = new Set(world.mailboxes.flatMap(({ password }) => password ?? []));
  return ({ pathname, href }, now) => {
    const texts = [href, decoded(href)];
    if ([...secrets(), ...passwords].some((secret) => texts.some((text) => text.includes(secret))))
      tenant.alarms.raise(
        "secret-exposed",
        decoded(pathname),
        "was asked for with a secret in its address",
        now,
      );
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
