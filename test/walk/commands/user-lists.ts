import fc from "fast-check";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { type ListForm, plainForm } from "../written-list.js";
import { tried } from "./up.js";
import { listed, waveAt } from "./user.js";

const form: fc.Arbitrary<ListForm> = fc.record({
  encoding: fc.constantFrom("utf-8", "utf-8 with a mark", "utf-16le", "utf-16be"),
  ends: fc.constantFrom("\n", "\r\n", "\r"),
  quoted: fc.boolean(),
  capitals: fc.boolean(),
  header: fc.constantFrom("EmailAddress", "emailaddress", "ForceChangePassword,EmailAddress"),
});

/** Rows that no list may have. */
const wrongRows = [
  "nobody@contoso.com",
  "somebody@fabrikam.com",
  "pilarp@contoso.onmicrosoft.com",
  "pilarp",
  "a,b,c",
  '"pilarp@contoso.com',
] as const;

/** What the user does to the lists. */
export const userListCommands = [
  command({
    name: "a list in another form",
    weight: 3,
    data: fc.record({ wave: fc.nat(7), form }),
    possible: () => true,
    typed: ({ wave, form }) => `list of wave ${wave + 1} saved as ${form.encoding}, ${JSON.stringify(form)}`,
    async run(migration, model, { wave, form }) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      model.moved = true;
      await migration.writeList(csv, migration.list(csv), form);
    },
  }),
  command({
    name: "a list's file renamed",
    weight: 2,
    data: fc.record({
      wave: fc.nat(7),
      to: fc.constantFrom("lists/second.csv", "mailboxes/Wave Two.CSV", "third.txt"),
    }),
    possible: () => true,
    typed: ({ wave, to }) => `git mv list of wave ${wave + 1} ${to}; plan: its csv; pulumi up --yes`,
    async run(migration, model, { wave, to }) {
      const chosen = waveAt(migration, wave);
      if (chosen === undefined || migration.plan.waves.some(({ csv }) => csv === to)) return;
      await tried(migration, model, async () => {
        await migration.writeList(to, migration.list(chosen.csv));
        await migration.removeList(chosen.csv);
        await migration.edit((plan) => ({
          ...plan,
          waves: plan.waves.map((batch) => (batch.name === chosen.name ? { ...batch, csv: to } : batch)),
        }));
      });
    },
  }),
  command({
    name: "another address of the same mailbox",
    weight: 2,
    data: fc.record({ wave: fc.nat(7), at: fc.nat(49) }),
    possible: () => true,
    typed: ({ wave, at }) => `list of wave ${wave + 1}: row ${at + 1} by its alias; pulumi up --yes`,
    async run(migration, model, { wave, at }) {
      const { csv = "" } = waveAt(migration, wave) ?? {};
      const rows = migration.list(csv);
      const row = rows[at % rows.length];
      if (row === undefined) return;
      const alias = row.replace("@", ".alias@");
      const swapped = rows.map((address) => (address === row ? alias : address));
      await tried(migration, model, () => migration.writeList(csv, swapped));
    },
  }),
  command({
    name: "a row that may not be",
    weight: 1,
    data: fc.record({ wave: fc.nat(7), row: fc.constantFrom(...wrongRows) }),
    possible: () => true,
    typed: ({ wave, row }) => `list of wave ${wave + 1}: ${row} added; pulumi preview; and as it was`,
    async run(migration, _model, { wave, row }) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      const setBack = migration.remember();
      await migration.writeList(csv, [...migration.list(csv), row], plainForm);
      migration.last = await migration.stack.preview();
      await setBack();
      // Past prepare the directory is not asked of everybody again, and a mailbox may come yet.
      if (migration.last.code === 0 && row !== "nobody@contoso.com")
        throw new Violated("5 a mistake is refused", `${row} in ${csv}`);
    },
  }),
  command({
    name: "a mailbox to another wave",
    weight: 2,
    data: fc.record({
      from: fc.nat(7),
      to: fc.nat(7),
      at: fc.nat(49),
      leave: fc.constantFrom(false, false, true),
    }),
    possible: () => true,
    typed: ({ from, to, at }) =>
      `lists: row ${at + 1} of wave ${from + 1} to wave ${to + 1}; pulumi up --yes`,
    async run(migration, model, { from, to, at, leave }) {
      const [giving, taking] = [waveAt(migration, from), waveAt(migration, to)];
      if (giving === undefined || taking === undefined || giving.csv === taking.csv) return;
      const rows = migration.list(giving.csv);
      const row = rows[at % rows.length];
      if (row === undefined || rows.length < 2) return;
      await tried(
        migration,
        model,
        async () => {
          await migration.writeList(
            giving.csv,
            rows.filter((address) => address !== row),
          );
          await migration.writeList(taking.csv, [...migration.list(taking.csv), row]);
        },
        leave,
      );
    },
  }),
  command({
    name: "everybody in a list",
    weight: 3,
    data: fc.nat(7),
    possible: () => true,
    typed: (wave) => `list of wave ${wave + 1}: every mailbox that no list has is added`,
    async run(migration, model, wave) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      const taken = listed(migration);
      const { mailboxes } = await migration.lab.state();
      const free = mailboxes.map(({ emailAddress }) => emailAddress).filter((address) => !taken.has(address));
      if (free.length === 0) return;
      model.moved = true;
      await migration.writeList(csv, [...migration.list(csv), ...free]);
    },
  }),
  command({
    name: "somebody converted whatever their status",
    weight: 1,
    data: fc.record({ wave: fc.nat(7), at: fc.nat(49) }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ wave, at }) => `plan: wave ${wave + 1}: convert: row ${at + 1}; pulumi up --yes`,
    async run(migration, model, { wave, at }) {
      const chosen = waveAt(migration, wave);
      const rows = migration.list(chosen?.csv ?? "");
      const row = rows[at % rows.length];
      if (chosen === undefined || row === undefined || chosen.convert?.includes(row)) return;
      // The plan names them: what has not been copied stays where it was.
      for (const code of ["converted-before-sync", "mail-lost"]) model.byHand.add(`${code} ${row}`);
      await tried(migration, model, () =>
        migration.edit((plan) => ({
          ...plan,
          waves: plan.waves.map((batch) =>
            batch.name === chosen.name ? { ...batch, convert: [...(batch.convert ?? []), row] } : batch,
          ),
        })),
      );
    },
  }),
];
