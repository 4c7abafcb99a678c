import { defined } from "../src/base/defined.js";
import { Alarms } from "./alarms.js";
import { Licensing } from "./licensing.js";
import type { BatchRecord, DomainRecord, EndpointRecord, GroupRecord, Instant, Person } from "./state.js";
import { stableGuid, stableNumber, type World } from "./world.js";

/** What of a tenant is written to the state file; the rest follows from the world. */
export interface TenantSnapshot {
  /** When directory synchronization made the users. */
  readonly createdAt: Instant;
  readonly people: readonly Person[];
  readonly domains: readonly DomainRecord[];
  readonly domainsCreated: number;
  readonly endpoints: readonly EndpointRecord[];
  readonly batches: readonly BatchRecord[];
  readonly goneBatches: readonly GoneBatch[];
  readonly groups: readonly (Omit<GroupRecord, "members" | "pending"> & {
    readonly members: readonly string[];
    readonly pending: readonly (readonly [string, Instant])[];
  })[];
  readonly alarms: Alarms["list"];
  readonly mxAtMicrosoftSince?: Instant;
  /** Seats by SKU, where they are not those that the world began with. */
  readonly seats?: Readonly<Record<string, number>>;
}

/** A batch that is no more. */
export interface GoneBatch {
  readonly name: string;
  readonly why: "removed" | "expired";
  readonly at: Instant;
}

/** The tenant's objects in memory, with the indexes that keep 100,000 mailboxes quick. */
export class Tenant {
  /** When directory synchronization made the users. */
  readonly createdAt: Instant;
  readonly people: Person[];
  readonly domains = new Map<string, DomainRecord>();
  readonly endpoints: EndpointRecord[];
  readonly batches: BatchRecord[];
  readonly goneBatches: GoneBatch[];
  readonly groups = new Map<string, GroupRecord>();
  readonly licensing: Licensing;
  readonly alarms: Alarms;
  /** Since when the authoritative zone has named Microsoft as the domain's only mail exchanger. */
  mxAtMicrosoftSince: Instant | undefined;
  readonly #byAddress = new Map<string, Person>();
  readonly #byId = new Map<string, Person>();
  #domainsCreated: number;

  constructor(
    readonly world: World,
    snapshot: TenantSnapshot,
  ) {
    this.createdAt = snapshot.createdAt;
    this.people = [...snapshot.people];
    this.endpoints = [...snapshot.endpoints];
    this.batches = [...snapshot.batches];
    this.goneBatches = [...snapshot.goneBatches];
    this.alarms = new Alarms(snapshot.alarms);
    this.licensing = new Licensing(world, snapshot.seats, this.people, this.alarms);
    this.mxAtMicrosoftSince = snapshot.mxAtMicrosoftSince;
    this.#domainsCreated = snapshot.domainsCreated;
    for (const domain of snapshot.domains) this.domains.set(domain.id, domain);
    for (const group of snapshot.groups)
      this.groups.set(group.id, {
        ...group,
        members: new Set(group.members),
        pending: new Map(group.pending),
      });
    for (const person of this.people) this.#name(person);
  }

  snapshot(): TenantSnapshot {
    return {
      createdAt: this.createdAt,
      people: this.people,
      domains: [...this.domains.values()],
      domainsCreated: this.#domainsCreated,
      endpoints: this.endpoints,
      batches: this.batches,
      goneBatches: this.goneBatches,
      groups: [...this.groups.values()].map((group) => ({
        ...group,
        members: [...group.members],
        pending: [...group.pending],
      })),
      alarms: this.alarms.list,
      seats: this.licensing.seats(),
      ...defined({ mxAtMicrosoftSince: this.mxAtMicrosoftSince }),
    };
  }

  /** A new domain; its verification code differs from that of an earlier domain of the same name. */
  createDomain(id: string): DomainRecord {
    this.#domainsCreated += 1;
    const root = [...this.domains.values()].find((other) => other.isVerified && id.endsWith(`.${other.id}`));
    const domain: DomainRecord = {
      id,
      isInitial: false,
      isDefault: false,
      isVerified: root !== undefined,
      supportedServices: [],
      verificationCode: verificationCode(this.world.tenantId, id, this.#domainsCreated),
    };
    this.domains.set(id, domain);
    return domain;
  }

  /** A user whom synchronization brings anew. */
  join(person: Person): void {
    this.people.push(person);
    this.#name(person);
  }

  /** A user who is on premises no more: Entra deletes it, and its licences are free. */
  leave(person: Person): void {
    this.people.splice(this.people.indexOf(person), 1);
    this.#forget(person);
    this.#byId.delete(person.id);
    this.licensing.release(person);
    for (const group of this.groups.values()) {
      group.members.delete(person.id);
      group.pending.delete(person.id);
    }
  }

  /** What synchronization brings of a user who is there: alias and routing address stay. */
  rename(person: Person, emailAddress: string, aliases: readonly string[]): void {
    this.#forget(person);
    if (emailAddress !== person.emailAddress) person.nickname ??= alias(person);
    person.emailAddress = emailAddress;
    if (aliases.length > 0) person.aliases = [...aliases];
    else delete person.aliases;
    this.#name(person);
  }

  #name(person: Person): void {
    this.#byAddress.set(person.emailAddress, person);
    for (const other of person.aliases ?? []) this.#byAddress.set(other, person);
    this.#byId.set(person.id, person);
  }

  #forget(person: Person): void {
    for (const address of [person.emailAddress, ...(person.aliases ?? [])])
      if (this.#byAddress.get(address) === person) this.#byAddress.delete(address);
  }

  /** Whether the migrated domain is the tenant's: directory synchronization then uses it in user principal names. */
  get ownsDomain(): boolean {
    return this.domains.get(this.world.domain)?.isVerified ?? false;
  }

  byAddress(address: string): Person | undefined {
    return this.#byAddress.get(address.toLowerCase());
  }

  byId(id: string): Person | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** By object id or user principal name, as Graph's `/users/{…}` takes them. */
  byKey(key: string): Person | undefined {
    return this.byId(key) ?? this.byPrincipalName(key);
  }

  byPrincipalName(name: string): Person | undefined {
    const lower = name.toLowerCase();
    const address = lower.endsWith(`@${this.world.initialDomain}`)
      ? `${lower.slice(0, lower.indexOf("@"))}@${this.world.domain}`
      : lower;
    const person =
      this.#byAddress.get(address) ?? this.people.find((one) => this.principalName(one) === lower);
    return person !== undefined && this.principalName(person) === lower ? person : undefined;
  }

  /** `pilarp@contoso.com`, or `pilarp@contoso.onmicrosoft.com` while the domain is not verified. */
  principalName(person: Person): string {
    return this.ownsDomain ? person.emailAddress : this.routingAddress(person);
  }

  /** The address in the tenant's first domain, which mail is forwarded to. */
  routingAddress(person: Person): string {
    return `${alias(person)}@${this.world.initialDomain}`;
  }

  /** What the person is in Exchange Online. */
  recipientType(person: Person): "MailUser" | "UserMailbox" | "User" {
    if (person.mailbox !== undefined && person.mailbox.disabledAt === undefined) return "UserMailbox";
    return person.fault === "not-mail-user" ? "User" : "MailUser";
  }

  /** Exchange Online's X.500 name of the person's recipient. */
  legacyExchangeDN(person: Person): string {
    const cn = stableGuid(this.world.tenantId, "recipient", person.id).replaceAll("-", "");
    return `/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=${cn}-${alias(person)}`;
  }

  /** Turns a mail user into a mailbox; nothing happens to one that is a mailbox already. */
  provisionMailbox(person: Person, now: Instant): void {
    if (person.mailbox !== undefined) return;
    person.mailbox = { guid: stableGuid(this.world.tenantId, "mailbox", person.id), createdAt: now };
    this.licensing.begin(person, now);
  }
}

/** Exchange's alias of a person: the local part of the first address. */
export function alias(person: Person): string {
  if (person.nickname !== undefined) return person.nickname;
  return person.emailAddress.slice(0, person.emailAddress.indexOf("@"));
}

/** The part of a domain's verification records that is the tenant's own: `ms` and eight digits. */
export function verificationCode(tenantId: string, domain: string, nth: number): string {
  return `ms${10_000_000 + stableNumber(89_999_999, tenantId, domain, String(nth))}`;
}
