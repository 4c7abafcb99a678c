import { z } from "zod";
import { textsOf } from "../src/on-premises/directory/attributes.js";
import { guidOf } from "../src/on-premises/directory/guid.js";
import type { AttributeValues } from "../src/on-premises/directory/index.js";
import type { LabClock } from "./clock.js";
import { domainParts } from "./directory/dn.js";
import { type DirectoryRecord, escapeDnValue, mailboxDatabase, mailboxUser } from "./directory/index.js";
import { kindAttributes } from "./directory-content.js";
import type { LabPremises } from "./premises.js";
import type { Instant, Person } from "./state.js";
import type { Tenant } from "./tenant.js";
import { stableGuid, stableNumber } from "./world.js";

const address = z.email().toLowerCase();

/** What administrators do to the directory on premises. Users are named by an address of theirs. */
export const customerChange = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("hire"), address, aliases: z.array(address).default([]) }),
  z.strictObject({ action: z.literal("leave"), address }),
  z.strictObject({ action: z.literal("marry"), address, to: address }),
  z.strictObject({ action: z.literal("alias"), address, alias: address }),
  z.strictObject({ action: z.literal("share"), address }),
  z.strictObject({ action: z.literal("disable"), address }),
  z.strictObject({ action: z.literal("move"), address, unit: z.string().min(1) }),
  z.strictObject({ action: z.literal("rename"), address, name: z.string().min(1) }),
  z.strictObject({ action: z.literal("rehouse"), address, database: z.string().min(1) }),
  z.strictObject({
    action: z.literal("modify"),
    address,
    attribute: z.string().min(1),
    values: z.array(z.string()),
  }),
]);
export type CustomerChange = z.input<typeof customerChange>;

/** How often directory synchronization runs. */
const betweenSyncs = 1_800_000;
const primary = /^SMTP:/;

/** The customer's administrators, and the synchronization that brings to the tenant what they have done. */
export class Customer {
  /** When something was changed that the tenant has not heard of; a lab that was started again looks once. */
  #changedAt: Instant | undefined;

  constructor(
    readonly tenant: Tenant,
    readonly premises: LabPremises,
    readonly clock: LabClock,
  ) {
    if (tenant.people.some(({ anchor }) => anchor !== undefined)) this.#changedAt = 0;
  }

  /** Does it; what is wrong, where it cannot be done. */
  change(asked: z.output<typeof customerChange>): string | undefined {
    const { directory } = this.premises;
    const [entry, second] = directory.findByAddress(asked.address);
    if (second !== undefined) return `several users have ${asked.address}`;
    if (asked.action === "hire") {
      const taken = [asked.address, ...asked.aliases].find((one) => directory.findByAddress(one).length > 0);
      if (taken !== undefined) return `somebody has ${taken} already`;
    } else if (entry === undefined) return `nobody has ${asked.address}`;
    this.#anchor();
    try {
      this.#carryOut(asked, entry);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.premises.touched();
    this.#changedAt ??= this.clock.now().getTime();
    return undefined;
  }

  #carryOut(asked: z.output<typeof customerChange>, entry: DirectoryRecord | undefined): void {
    const { directory } = this.premises;
    const { exchange, baseDn } = this.tenant.world.directory;
    if (asked.action === "hire") directory.add(this.#hired(asked.address, asked.aliases));
    if (asked.action === "hire" || entry === undefined) return;
    const { dn } = entry;
    const replace = (attributes: AttributeValues) =>
      directory.modify(
        dn,
        Object.entries(attributes).map(([attribute, values]) => ({
          operation: "replace" as const,
          attribute,
          values,
        })),
      );
    const above = dn.slice(/^(?:\\.|[^,\\])*,/.exec(dn)?.[0].length);
    switch (asked.action) {
      case "leave":
        directory.remove(dn);
        break;
      case "marry": {
        const others = textsOf(entry.attributes, "proxyAddresses").filter(
          (one) => one.toLowerCase() !== `smtp:${asked.to}`,
        );
        const former = others.map((one) => one.replace(primary, "smtp:"));
        replace({
          proxyAddresses: [`SMTP:${asked.to}`, ...former],
          mail: [asked.to],
          userPrincipalName: [asked.to],
        });
        break;
      }
      case "alias":
        directory.modify(dn, [
          { operation: "add", attribute: "proxyAddresses", values: [`smtp:${asked.alias}`] },
        ]);
        break;
      case "share":
        replace(kindAttributes("shared", exchange));
        break;
      case "disable":
        replace({ userAccountControl: ["514"] });
        break;
      case "move":
        directory.move(
          dn,
          `${dn.slice(0, dn.length - above.length)}OU=${escapeDnValue(asked.unit)},${baseDn}`,
        );
        break;
      case "rename":
        directory.move(dn, `CN=${escapeDnValue(asked.name)},${above}`);
        break;
      case "rehouse": {
        const database = mailboxDatabase(domainParts(baseDn), asked.database);
        if (directory.entry(database.dn) === undefined) directory.add(database);
        replace({ homeMDB: [database.dn] });
        break;
      }
      case "modify":
        replace({ [asked.attribute]: asked.values });
        break;
    }
  }

  #hired(emailAddress: string, aliases: readonly string[]): DirectoryRecord {
    const { baseDn, exchange } = this.tenant.world.directory;
    return mailboxUser({
      address: emailAddress,
      parentDn: baseDn,
      exchange,
      databaseDn: mailboxDatabase(domainParts(baseDn)).dn,
      aliases,
    });
  }

  /** Notes whom everybody in the tenant is on premises, while addresses still tell. */
  #anchor(): void {
    for (const person of this.tenant.people) {
      if (person.anchor !== undefined) continue;
      const [entry] = this.premises.directory.findByAddress(person.emailAddress);
      const anchor = guidOf(entry?.attributes["objectGUID"]?.[0]);
      if (anchor !== undefined) person.anchor = anchor;
    }
  }

  /** Brings to the tenant what has changed on premises, at the next half hour. */
  synchronize(now: Instant): void {
    const since = this.#changedAt;
    if (since === undefined || Math.floor(now / betweenSyncs) === Math.floor(since / betweenSyncs)) return;
    this.#changedAt = undefined;
    const users = new Map<string, Person>();
    for (const record of this.premises.directory.snapshot()) {
      const user = this.#userOf(record, now);
      if (user?.anchor !== undefined) users.set(user.anchor, user);
    }
    for (const person of [...this.tenant.people]) {
      if (person.anchor === undefined) continue;
      const user = users.get(person.anchor);
      users.delete(person.anchor);
      if (user === undefined) this.tenant.leave(person);
      else {
        this.tenant.rename(person, user.emailAddress, user.aliases ?? []);
        if (user.disabled === true) person.disabled = true;
        else delete person.disabled;
      }
    }
    for (const user of users.values()) this.tenant.join(user);
  }

  /** An entry as a user of the tenant; undefined where it is none, or none that is synchronized. */
  #userOf({ attributes }: DirectoryRecord, now: Instant): Person | undefined {
    const { domain, tenantId } = this.tenant.world;
    const anchor = guidOf(attributes["objectGUID"]?.[0]);
    const texts = textsOf(attributes, "proxyAddresses");
    const emailAddress = texts
      .find((one) => primary.test(one))
      ?.slice(5)
      .toLowerCase();
    if (anchor === undefined || emailAddress?.endsWith(`@${domain}`) !== true) return undefined;
    if (this.#isExchanges(emailAddress)) return undefined;
    const aliases = texts
      .filter((one) => /^smtp:/.test(one) && one.toLowerCase().endsWith(`@${domain}`))
      .map((one) => one.slice(5).toLowerCase());
    const disabled = (Number(attributes["userAccountControl"]?.[0] ?? 0) & 2) !== 0;
    return {
      id: stableGuid(tenantId, "user", anchor, String(now)),
      emailAddress,
      displayName: textsOf(attributes, "displayName")[0] ?? emailAddress,
      sizeMb: 100 + stableNumber(1200, emailAddress),
      licenses: [],
      anchor,
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(disabled ? { disabled: true as const } : {}),
    };
  }

  /** Exchange's own mailboxes are not synchronized. */
  #isExchanges(emailAddress: string): boolean {
    return this.tenant.world.mailboxes.some(
      (one) => one.kind === "system" && one.emailAddress.toLowerCase() === emailAddress,
    );
  }
}
