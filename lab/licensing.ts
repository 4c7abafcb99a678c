import type { Alarms } from "./alarms.js";
import { givesMailbox, servicePlansOf } from "./licenses.js";
import type { Instant, Person, SkuRecord } from "./state.js";
import type { World } from "./world.js";

/** How long a mailbox may be without a licence (Microsoft's cmdlet reference, 2026-11). */
const LICENCE_GRACE_MS = 30 * 86_400_000;

/** A tenant's subscriptions: who takes a seat of them, and whose mailbox is disabled because nobody licensed it in time. */
export class Licensing {
  readonly skus: readonly SkuRecord[];
  readonly #consumed = new Map<string, number>();
  /** The earliest moment at which a mailbox without a licence has to go, or later. */
  #nextDeadline = Number.POSITIVE_INFINITY;

  /** @param seats seats by SKU, where they are not those that the world began with */
  constructor(
    world: World,
    seats: Readonly<Record<string, number>> | undefined,
    readonly people: readonly Person[],
    readonly alarms: Alarms,
  ) {
    this.skus = [world.sku, ...(world.otherSkus ?? [])].map(({ seats: begun, skuId, ...sku }) => ({
      servicePlans: servicePlansOf(sku.skuPartNumber),
      ...sku,
      skuId: skuId.toLowerCase(),
      enabled: seats?.[skuId.toLowerCase()] ?? begun,
    }));
    for (const person of people) {
      this.#consume(person.licenses, 1);
      if (person.mailbox?.unlicensedSince !== undefined) this.#await(person.mailbox.unlicensedSince);
    }
  }

  sku(id: string): SkuRecord | undefined {
    return this.skus.find((sku) => sku.skuId === id.toLowerCase());
  }

  /** Seats of a subscription that are taken. */
  consumed(skuId: string): number {
    return this.#consumed.get(skuId) ?? 0;
  }

  /** Seats by SKU, as the constructor takes them. */
  seats(): Record<string, number> {
    return Object.fromEntries(this.skus.map(({ skuId, enabled }) => [skuId, enabled]));
  }

  /** Replaces all licences of a person, counting seats, the 30 days, and what must not be. */
  assign(person: Person, licenses: Person["licenses"], now: Instant): void {
    this.#consume(person.licenses, -1);
    this.#consume(licenses, 1);
    const had = givesMailbox(person.licenses, this.skus);
    person.licenses = licenses;
    const has = givesMailbox(licenses, this.skus);
    if (has && person.mailbox === undefined)
      this.alarms.raise(
        "licence-before-migration",
        person.emailAddress,
        "was licensed before its mailbox was migrated: Exchange Online would not make a mailbox of it",
        now,
      );
    if (person.mailbox === undefined) return;
    if (has) {
      delete person.mailbox.unlicensedSince;
      delete person.mailbox.disabledAt;
    } else if (had) {
      person.mailbox.unlicensedSince = now;
      this.#await(now);
    }
  }

  /** Frees the seats of a person who is no user any more. */
  release(person: Person): void {
    this.#consume(person.licenses, -1);
  }

  /** Begins the 30 days of a mailbox that was just made, unless its user has a licence. */
  begin(person: Person, now: Instant): void {
    if (person.mailbox === undefined || givesMailbox(person.licenses, this.skus)) return;
    person.mailbox.unlicensedSince = now;
    this.#await(now);
  }

  /** Disables the mailboxes whose 30 days without a licence are over. */
  disableUnlicensed(now: Instant): void {
    if (now < this.#nextDeadline) return;
    this.#nextDeadline = Number.POSITIVE_INFINITY;
    for (const person of this.people) {
      const since = person.mailbox?.unlicensedSince;
      if (person.mailbox === undefined || since === undefined || person.mailbox.disabledAt !== undefined)
        continue;
      // Shared, room and equipment mailboxes need no licence (up to 50 GB, which the lab's never reach).
      if (person.mailbox.kind !== undefined) continue;
      if (now < since + LICENCE_GRACE_MS) {
        this.#await(since);
        continue;
      }
      person.mailbox.disabledAt = since + LICENCE_GRACE_MS;
      this.alarms.raise(
        "mailbox-disabled",
        person.emailAddress,
        "had no Exchange Online plan that is on for 30 days, so its mailbox was disabled",
        person.mailbox.disabledAt,
      );
    }
  }

  #await(unlicensedSince: Instant): void {
    this.#nextDeadline = Math.min(this.#nextDeadline, unlicensedSince + LICENCE_GRACE_MS);
  }

  /** A user takes one seat of a subscription, however often it is assigned. */
  #consume(licenses: Person["licenses"], by: number): void {
    for (const skuId of new Set(licenses.map((license) => license.skuId)))
      this.#consumed.set(skuId, (this.#consumed.get(skuId) ?? 0) + by);
  }
}
