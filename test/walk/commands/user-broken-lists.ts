import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import fc from "fast-check";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import type { Migration } from "../migration.js";
import { namesOf } from "./hand.js";
import { up } from "./up.js";
import { waveAt } from "./user.js";

const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
const headed = (header: string, rows: readonly string[], row: (address: string) => string) =>
  text(header, ...rows.map(row));
const password = "Pl4nted-Br0ken-P4ssw0rd!";

/** What spreadsheets, editors and scripts make of a list, from the addresses that it had. */
const broken = {
  "without a header row": (rows) => text(...rows),
  "with a column of another name": (rows) => headed("EmailAddress,Nickname", rows, (one) => `${one},x`),
  "with a column without a name": (rows) => headed("EmailAddress,", rows, (one) => `${one},x`),
  "with a column twice": (rows) => headed("EmailAddress,EmailAddress", rows, (one) => `${one},${one}`),
  "with semicolons": (rows) => headed("EmailAddress;ForceChangePassword", rows, (one) => `${one};False`),
  "with whole lines quoted": (rows) =>
    headed('"EmailAddress,ForceChangePassword"', rows, (one) => `"${one},False"`),
  "with a value too few": (rows) => headed("EmailAddress,ForceChangePassword", rows, (one) => one),
  "with no password in a row": (rows) => headed("EmailAddress,Password", rows, (one) => `${one},`),
  "with a blank before the passwords": (rows) =>
    headed("EmailAddress,Password", rows, (one) => `${one}, ${password}`),
  "with a short password": (rows) => headed("EmailAddress,Password", rows, (one) => `${one},seven77`),
  "with the columns out of step": (rows) =>
    headed("EmailAddress,Password", rows, (one) => `${password},${one}`),
  "with neither True nor False": (rows) =>
    headed("EmailAddress,ForceChangePassword", rows, (one) => `${one},Maybe`),
  "with nothing in ForceChangePassword": (rows) =>
    headed("EmailAddress,ForceChangePassword", rows, (one) => `${one},`),
  "with a user name that is none": (rows) => headed("EmailAddress,Username", rows, (one) => `${one},x`),
  "with an address twice": (rows) => headed("EmailAddress", [...rows, ...rows], (one) => one),
  "with a line of commas": (rows) =>
    headed("EmailAddress,Username", rows, (one) => `${one},`) + text(",", ","),
  "in Windows-1252": (rows) =>
    Buffer.from(
      headed("EmailAddress", [...rows, "jörg@contoso.com"], (one) => one),
      "latin1",
    ),
  "in UTF-32": () => Buffer.from([0xff, 0xfe, 0, 0, 0x45, 0, 0, 0]),
  "with a NUL character": (rows) => headed("EmailAddress", rows, (one) => `${one}\0`),
  "with nothing in it": () => "",
  "with its header row alone": () => text("EmailAddress"),
} as const satisfies Readonly<Record<string, (rows: readonly string[]) => string | Uint8Array>>;
type Broken = keyof typeof broken;

/** What becomes of a list's file itself. */
const places = {
  "not there": async () => {},
  "a folder": (migration: Migration, csv: string) => migration.stack.write(join(csv, "list.csv"), ""),
  "not to be read": ({ stack }: Migration, csv: string) => symlink(basename(csv), join(stack.folder, csv)),
} as const satisfies Readonly<Record<string, (migration: Migration, csv: string) => Promise<void>>>;
type Place = keyof typeof places;

/** Lists that may not be applied: told by their place, with no password, and nothing is done. */
export const userBrokenListCommands = [
  command({
    name: "a broken list",
    weight: 3,
    data: fc.record({
      wave: fc.nat(7),
      how: fc.constantFrom<Broken>(...namesOf(broken)),
      apply: fc.boolean(),
    }),
    possible: () => true,
    typed: ({ wave, how, apply }) =>
      `list of wave ${wave + 1} ${how}; pulumi ${apply ? "up --yes" : "preview"}; and as it was`,
    async run(migration, model, { wave, how, apply }) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      const setBack = migration.remember();
      await migration.stack.write(csv, broken[how](migration.list(csv)));
      if (apply) await up(migration, model);
      else migration.last = await migration.stack.preview();
      await setBack();
      holdTold(migration, csv, how);
    },
  }),
  command({
    name: "a list's file out of place",
    weight: 1,
    data: fc.record({ wave: fc.nat(7), is: fc.constantFrom<Place>(...namesOf(places)) }),
    possible: () => true,
    typed: ({ wave, is }) => `list of wave ${wave + 1} is ${is}; pulumi preview; and as it was`,
    async run(migration, _model, { wave, is }) {
      const { csv } = waveAt(migration, wave) ?? {};
      if (csv === undefined) return;
      const setBack = migration.remember();
      await migration.lose(csv);
      await places[is](migration, csv);
      migration.last = await migration.stack.preview();
      await migration.lose(csv);
      await setBack();
      holdTold(migration, csv, is);
    },
  }),
];

/** 5: a broken list is refused by its place. */
function holdTold({ last }: Migration, csv: string, how: string): void {
  if (last === undefined || last.code === 0) throw new Violated("5 a mistake is refused", `${csv} ${how}`);
  if (!last.errors.includes(csv))
    throw new Violated("5 a refusal names what it is about", `${csv} ${how}: ${last.errors.split("\n")[0]}`);
}
