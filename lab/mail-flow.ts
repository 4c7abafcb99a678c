import { parseMx } from "../src/dns/index.js";
import type { AttributeValues } from "../src/on-premises/directory/index.js";
import type { Behaviour } from "./behaviour.js";
import { hasValue } from "./directory/entries.js";
import type { LabDns } from "./dns/index.js";
import { acceptedDomains } from "./exchange/recipient-cmdlets.js";
import type { Instant, Person } from "./state.js";
import type { Tenant } from "./tenant.js";

/** The customer's side as mail from outside meets it. */
export interface MailPremises {
  readonly directory: {
    findByAddress(address: string): readonly { readonly attributes: AttributeValues }[];
    /** The entry at a DN, or `<GUID=…>`. */
    entry(dn: string): { readonly attributes: AttributeValues } | undefined;
  };
  /** Another one whenever the directory may have changed. */
  version(): string;
}

/** What the mail flow is judged by. */
export interface MailWorld {
  readonly tenant: Tenant;
  /** The zone's authoritative servers: others ask any of them. */
  readonly servers: readonly LabDns[];
  readonly premises: MailPremises;
  behaviour(): Behaviour;
}

/** An MX set that others send by. */
interface Answer {
  readonly hosts: readonly string[];
  /** Seconds. */
  readonly ttl: number;
}

/**
 * Watches where mail from outside goes, mailbox by mailbox of the domain, whether a list names it or not: by the MX that stands
 * in the zone, and by the ones before it for as long as others may remember them. Looked at whenever anything may have changed.
 */
export class MailFlow {
  #current: Answer | undefined;
  #remembered: { readonly hosts: readonly string[]; readonly until: Instant }[] = [];
  #judged = "";

  constructor(readonly world: MailWorld) {}

  /** Where mail for the domain is sent at the time of the last look. */
  get hosts(): string[] {
    return [
      ...new Set([...(this.#current?.hosts ?? []), ...this.#remembered.flatMap((answer) => answer.hosts)]),
    ];
  }

  look(now: Instant): void {
    const { tenant, servers } = this.world;
    const { domain } = tenant.world;
    const own = hostsOfTenant(tenant);
    const sets = servers.flatMap((server) => server.answer(domain, "MX") ?? []);
    const hosts = [...new Set(sets.flatMap(({ values }) => hostsOf(values)))];
    this.#remember({ hosts, ttl: Math.max(0, ...sets.map(({ ttl }) => ttl)) }, now);
    if (hosts.length > 0 && hosts.every((host) => own.has(host))) tenant.mxAtMicrosoftSince ??= now;
    else tenant.mxAtMicrosoftSince = undefined;
    if (hosts.length === 0)
      tenant.alarms.raise("mail-lost", `${domain} without MX`, "mail for the domain has nowhere to go", now);
    const used = new Set([...hosts, ...this.#remembered.flatMap((answer) => answer.hosts)]);
    for (const host of used)
      if (host.endsWith(".invalid") || (isMicrosoft(host) && !own.has(host)))
        tenant.alarms.raise(
          "mail-lost",
          `${domain} at ${host}`,
          "MX names a host that takes no mail for this tenant",
          now,
        );
    if ([...used].some((host) => own.has(host))) this.#atMicrosoft(now);
    if ([...used].some((host) => !host.endsWith(".invalid") && !isMicrosoft(host))) this.#onPremises(now);
  }

  /** Keeps what stood before for as long as its TTL lets others use it. */
  #remember(answer: Answer, now: Instant): void {
    this.#remembered = this.#remembered.filter(({ until }) => until > now);
    const before = this.#current;
    if (before !== undefined && before.hosts.join() !== answer.hosts.join())
      this.#remembered.push({ hosts: before.hosts, until: now + before.ttl * 1000 });
    this.#current = answer;
  }

  #atMicrosoft(now: Instant): void {
    const { tenant } = this.world;
    const { domain } = tenant.world;
    if (!acceptedDomains({ tenant, behaviour: this.world.behaviour(), now }).includes(domain)) {
      const reason = "MX names Microsoft, but Exchange Online does not accept the domain";
      tenant.alarms.raise("mail-lost", domain, reason, now);
    }
    for (const person of tenant.people) {
      const reason =
        person.mailbox === undefined
          ? "has no mailbox in Exchange Online, and mail for it is sent there"
          : person.syncedAt === undefined
            ? "gets its mail in Exchange Online before its mailbox was copied"
            : undefined;
      if (reason !== undefined && !this.#hasLeft(person))
        tenant.alarms.raise("mail-lost", person.emailAddress, reason, now);
    }
  }

  #onPremises(now: Instant): void {
    const { tenant, premises } = this.world;
    const version = `${premises.version()} ${tenant.alarms.list.length}`;
    if (version === this.#judged) return;
    this.#judged = version;
    for (const person of tenant.people) {
      const reason = this.#lostOnPremises(person);
      if (reason !== undefined && !this.#hasLeft(person))
        tenant.alarms.raise("mail-lost", person.emailAddress, reason, now);
    }
  }

  /** Nobody waits for mail of who is deleted on premises, before synchronization has told the tenant. */
  #hasLeft({ anchor }: Person): boolean {
    return anchor !== undefined && this.world.premises.directory.entry(`<GUID=${anchor}>`) === undefined;
  }

  #lostOnPremises(person: Person): string | undefined {
    const [entry] = this.world.premises.directory.findByAddress(person.emailAddress);
    if (entry === undefined) return "is nobody's address on premises, and mail for it is sent there";
    if (hasValue(entry.attributes, "targetAddress"))
      return person.mailbox === undefined || person.mailbox.disabledAt !== undefined
        ? "is forwarded from on premises to a mailbox that is not there"
        : undefined;
    return hasValue(entry.attributes, "homeMDB")
      ? undefined
      : "has neither a mailbox nor a forwarding address on premises, and mail for it is sent there";
  }
}

/** Hosts that take the domain's mail for this tenant: the usual one goes on when the tenant names another. */
function hostsOfTenant({ world, domains }: Tenant): Set<string> {
  const named = domains.get(world.domain)?.named?.mailExchange;
  return new Set([world.mailExchange, ...(named === undefined ? [] : [named])]);
}

/** The hosts of an MX set; the verification MX has the worst preference there is and no host behind it. */
function hostsOf(values: readonly string[]): string[] {
  return values
    .map(parseMx)
    .filter(({ exchange, preference }) => preference < 32_767 || !exchange.endsWith(".invalid"))
    .map(({ exchange }) => exchange);
}

function isMicrosoft(host: string): boolean {
  return /\.(mail\.protection\.outlook\.com|mx\.microsoft)$/.test(host);
}
