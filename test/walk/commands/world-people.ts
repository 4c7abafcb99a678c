import fc from "fast-check";
import type { LabState } from "../../../lab/index.js";
import { command, type Model, tell } from "../command.js";
import type { Migration } from "../migration.js";
import { doneByHand, pick } from "./hand.js";

const drawn = fc.nat(999);
type Mailbox = LabState["mailboxes"][number];

/** Somebody of the tenant, but whose mailbox the connection is tested with: without it nothing goes on, and the plan names it. */
async function somebody(migration: Migration, who: number): Promise<Mailbox | undefined> {
  const { mailboxes } = await migration.lab.state();
  const tested = migration.plan.source.testMailbox;
  return pick(
    mailboxes.filter(({ emailAddress }) => emailAddress !== tested),
    who,
  );
}

/** Changes the rows of whatever list names an address. */
async function editRow(
  migration: Migration,
  address: string,
  change: (rows: readonly string[], at: number) => readonly string[],
): Promise<void> {
  for (const csv of new Set(migration.plan.waves.map((batch) => batch.csv))) {
    const rows = migration.list(csv);
    const at = rows.findIndex((row) => row.toLowerCase() === address);
    if (at < 0) continue;
    const changed = change(rows, at);
    // A list needs a row: who was the only one stays in it, and is refused by name.
    if (changed.length > 0) await migration.writeList(csv, changed);
  }
}

/** What was somebody's by hand is so under the new address as well. */
function renamed(model: Model, from: string, to: string): void {
  for (const harm of [...model.byHand]) {
    const [code, subject] = harm.split(" ");
    if (subject === from) model.byHand.add(`${code} ${to}`);
  }
}

/** Who comes, goes, and gets another name. */
export const peopleCommands = [
  command({
    name: "somebody is hired",
    weight: 2,
    data: fc.record({ nth: fc.nat(30), wave: fc.nat(7), listed: fc.boolean(), alias: fc.boolean() }),
    possible: () => true,
    typed: ({ nth, listed, alias }) =>
      `New-Mailbox hired${nth} on premises${alias ? ", with a second address" : ""}${listed ? ", and a row in a list" : ""}`,
    async run(migration, model, { nth, wave, listed, alias }) {
      const { domain, waves } = migration.plan;
      const address = `hired${nth}@${domain}`;
      const { mailboxes, mailGoesTo } = await migration.lab.state();
      if (mailboxes.some(({ emailAddress }) => emailAddress === address)) return;
      const aliases = alias ? [`h${nth}@${domain}`] : [];
      const made = await migration.hand.directory({ action: "hire", address, aliases }).then(
        () => true,
        () => false,
      );
      if (!made) return;
      tell(model, "user", address, "added");
      // Who gets a mailbox on premises while mail goes to Microsoft has it where no mail comes.
      if (mailGoesTo.some((host) => /outlook\.com$|mx\.microsoft$/.test(host)))
        model.byHand.add(`mail-lost ${address}`);
      const csv = pick(waves, wave)?.csv;
      if (listed && csv !== undefined) await migration.writeList(csv, [...migration.list(csv), address]);
      await migration.lab.advance(1800);
    },
  }),
  command({
    name: "somebody leaves",
    weight: 1,
    data: fc.record({ who: drawn, row: fc.boolean() }),
    possible: () => true,
    typed: ({ who, row }) =>
      `Remove-ADUser, person ${who}${row ? ", and the row taken out of the list" : ""}`,
    async run(migration, model, { who, row }) {
      const person = await somebody(migration, who);
      if (person === undefined) return;
      tell(model, "user", person.emailAddress, "removed");
      await migration.hand.directory({ action: "leave", address: person.emailAddress });
      if (row)
        await editRow(migration, person.emailAddress, (rows, at) => rows.filter((_, index) => index !== at));
      await migration.lab.advance(1800);
    },
  }),
  command({
    name: "somebody marries",
    weight: 2,
    data: fc.record({ who: drawn, nth: fc.nat(99), row: fc.boolean(), heard: fc.boolean() }),
    possible: () => true,
    typed: ({ who, nth, row }) =>
      `person ${who} gets the primary address married${nth}, the former one stays an alias${row ? "; the row in the list follows" : ""}`,
    async run(migration, model, { who, nth, row, heard }) {
      const { mailboxes } = await migration.lab.state();
      const person = pick(mailboxes, who);
      const to = `married${nth}@${migration.plan.domain}`;
      if (person === undefined || mailboxes.some(({ emailAddress }) => emailAddress === to)) return;
      const done = await migration.hand.directory({ action: "marry", address: person.emailAddress, to }).then(
        () => true,
        () => false,
      );
      if (!done) return;
      tell(model, "user", person.emailAddress);
      tell(model, "user", to);
      renamed(model, person.emailAddress, to);
      if (row)
        await editRow(migration, person.emailAddress, (rows, at) =>
          rows.map((one, index) => (index === at ? to : one)),
        );
      if (heard) await migration.lab.advance(1800);
    },
  }),
  command({
    name: "a second address",
    weight: 1,
    data: fc.record({ who: drawn, nth: fc.nat(99) }),
    possible: () => true,
    typed: ({ who, nth }) => `person ${who} gets the second address alias${nth}`,
    async run(migration, model, { who, nth }) {
      const person = pick((await migration.lab.state()).mailboxes, who);
      if (person === undefined) return;
      const alias = `alias${nth}@${migration.plan.domain}`;
      await migration.hand.directory({ action: "alias", address: person.emailAddress, alias });
      tell(model, "user", person.emailAddress);
    },
  }),
  command({
    name: "an alias goes to another",
    weight: 1,
    data: fc.record({ who: drawn, to: drawn }),
    possible: () => true,
    typed: ({ who, to }) =>
      `directory: an alias, ${who} of those there are, is taken from its holder and given to person ${to}`,
    async run(migration, model, { who, to }) {
      const { directory, mailboxes } = await migration.lab.state();
      const held = mailboxes.flatMap(({ emailAddress: address }) => {
        const proxies = entryOf(directory, address)?.attributes["proxyAddresses"] ?? [];
        return proxies
          .filter((one) => /^smtp:(?:h|alias)\d+@/.test(one))
          .map((alias) => ({ address, alias, proxies }));
      });
      const from = pick(held, who);
      const others = mailboxes.filter(({ emailAddress }) => emailAddress !== from?.address);
      const other = pick(others, to)?.emailAddress;
      if (from === undefined || other === undefined) return;
      const { address, alias, proxies } = from;
      const values = proxies.filter((one) => one !== alias);
      await migration.hand.directory({ action: "modify", address, attribute: "proxyAddresses", values });
      await migration.hand.directory({ action: "alias", address: other, alias: alias.replace("smtp:", "") });
      tell(model, "user", address);
      tell(model, "user", other);
      await migration.lab.advance(1800);
    },
  }),
  command({
    name: "a person's mailbox becomes another kind",
    weight: 1,
    data: fc.record({ who: drawn, action: fc.constantFrom("share", "disable") }),
    possible: () => true,
    typed: ({ who, action }) =>
      action === "share" ? `Set-Mailbox -Type Shared, person ${who}` : `Disable-ADAccount, person ${who}`,
    async run(migration, model, { who, action }) {
      const { mailboxes, directory } = await migration.lab.state();
      const person = pick(mailboxes, who);
      if (person === undefined) return;
      // Set-Mailbox finds mailboxes alone: a converted user is none any more.
      const entry = entryOf(directory, person.emailAddress);
      if (action === "share" && entry?.attributes["homeMDB"] === undefined) return;
      tell(model, "user", person.emailAddress);
      await migration.hand.directory({ action, address: person.emailAddress });
    },
  }),
  command({
    name: "a user on premises moved or renamed",
    weight: 2,
    data: fc.record({ who: drawn, to: fc.constantFrom("unit", "name", "database"), nth: fc.nat(9) }),
    possible: () => true,
    typed: ({ who, to, nth }) =>
      `directory: person ${who}: ${to === "unit" ? `moved to OU=Unit${nth}` : to === "name" ? `CN=Somebody ${nth}` : `mailbox moved to database DB${nth}`}`,
    async run(migration, model, { who, to, nth }) {
      const { mailboxes, directory } = await migration.lab.state();
      const person = pick(mailboxes, who);
      if (person === undefined) return;
      const address = person.emailAddress;
      const entry = entryOf(directory, address);
      // Only a mailbox that is still there can be moved.
      if (to === "database" && entry?.attributes["homeMDB"] === undefined) return;
      tell(model, "entry", address);
      await migration.hand
        .directory(
          to === "unit"
            ? { action: "move", address, unit: `Unit${nth}` }
            : to === "name"
              ? { action: "rename", address, name: `Somebody ${nth}` }
              : { action: "rehouse", address, database: `DB${nth}` },
        )
        // Somebody else has the name.
        .catch(() => undefined);
    },
  }),
  command({
    name: "an attribute by hand",
    weight: 1,
    data: fc.record({
      who: drawn,
      // The last two: an account of a protected group, and Unified Messaging that somebody has turned on.
      attribute: fc.constantFrom(
        "targetAddress",
        "homeMDB",
        "displayName",
        "adminCount",
        "msExchUMEnabledFlags",
      ),
    }),
    possible: () => true,
    typed: ({ who, attribute }) =>
      `directory: person ${who}: ${attribute} ${attribute === "homeMDB" ? "cleared (Disable-Mailbox)" : "written"}`,
    async run(migration, model, { who, attribute }) {
      const { directory } = await migration.lab.state();
      const person = await somebody(migration, who);
      if (person === undefined) return;
      const address = person.emailAddress;
      const entry = entryOf(directory, address);
      const forwards = entry?.attributes["targetAddress"] !== undefined;
      // By a target that leads to where the person has no mailbox yet, or without mailbox and target, mail is lost: at once, or
      // when the MX leads back on premises.
      if (attribute === "targetAddress" || (attribute === "homeMDB" && !forwards))
        model.byHand.add(`mail-lost ${address}`);
      tell(model, "entry", address);
      const values =
        attribute === "targetAddress"
          ? [`SMTP:${address.replace("@", "@old.")}`]
          : attribute === "homeMDB"
            ? []
            : attribute === "displayName"
              ? ["Another Name"]
              : ["1"];
      const harms = /^(mail-lost|converted-before-sync) /;
      await doneByHand(migration, model, harms, () =>
        migration.hand.directory({ action: "modify", address, attribute, values }),
      );
      // The tenant, and the judge with it, may not have heard yet of an address that is another by now.
      const primary = entry?.attributes["mail"]?.[0]?.toLowerCase();
      if (primary !== undefined && primary !== address) renamed(model, address, primary);
    },
  }),
];

/** The entry that holds an address. */
function entryOf(
  directory: LabState["directory"],
  address: string,
): LabState["directory"][number] | undefined {
  return directory.find(({ attributes }) =>
    (attributes["proxyAddresses"] ?? []).some((one) => one.toLowerCase() === `smtp:${address}`),
  );
}
