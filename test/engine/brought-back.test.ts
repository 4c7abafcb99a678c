import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectDirectory, type Directory, readUsers } from "../../src/on-premises/directory/index.js";
import { changesOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";
import { typed } from "./typed.js";

const anna = "anna@contoso.com";
const bert = "bert@contoso.com";
const carla = "carla@contoso.com";

/** A wave of which one user cannot be written and another is restored: neither holds anybody up, and neither is forgotten. */
describe("a converted wave", () => {
  let rehearsal: Rehearsal;
  let directory: Directory;

  beforeAll(async () => {
    rehearsal = await rehearse({ directoryRights: "delegate" });
    const { lab, world } = rehearsal;
    setDefaultCACertificates([...getCACertificates(), await readFile(lab.caFile, "utf8")]);
    const { bindDn, password, baseDn } = world.directory;
    directory = await connectDirectory({ url: lab.addresses.ldaps, bindDn, baseDn, pageSize: 100 }, password);
    await jumpTo(rehearsal, "migrate");
    await lab.advance(48 * 3600);
    await rehearsal.up();
  }, 240_000);
  afterAll(async () => {
    await directory?.close();
    await rehearsal?.close();
  });

  const user = async (address: string) => {
    const found = (await readUsers(directory, [address])).users.get(address);
    if (found === undefined) throw new Error(`${address} is not there`);
    return found;
  };
  const hasMailbox = async (address: string) => (await user(address)).attributes["homeMDB"] !== undefined;
  const type = (line: string) => typed(rehearsal, line);

  test("leaves out the one it may not write, and stops neither preview nor up nor refresh for it", async () => {
    const { dn } = await user(bert);
    await directory.modify(dn, [{ operation: "replace", attribute: "adminCount", values: ["1"] }]);
    await rehearsal.change((plan) => ({
      ...plan,
      waves: smallPlan.waves.map((batch) => ({
        ...batch,
        phase: batch.name === "wave2" ? "converted" : batch.phase,
      })),
    }));
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/bert@contoso\.com: .* may not write .*adminCount=1/);
    expect([await hasMailbox(anna), await hasMailbox(bert)]).toEqual([false, true]);

    // Nobody else is left to be converted by now.
    const preview = await rehearsal.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(saidBy(preview)).toMatch(/bert@contoso\.com: .* may not write/);
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(await rehearsal.up())).toEqual([]);
  }, 240_000);

  test("does not convert whom mailstage restore brought back, says so in every preview, and does once it is told to", async () => {
    await type(`mailstage restore --snapshot snapshots/test/wave2.jsonl --user ${anna}`);
    expect(await hasMailbox(anna)).toBe(true);
    await rehearsal.up();
    const preview = await rehearsal.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(saidBy(preview)).toMatch(
      /anna@contoso\.com: was restored on \d{4}-\d\d-\d\d and is not converted again/,
    );
    expect(await hasMailbox(anna)).toBe(true);

    // Another place concerns waves that have no snapshot yet; this one's is found where it is, by preview and restore.
    const conversion = { snapshots: "kept-elsewhere" };
    await rehearsal.change((plan) => ({ ...plan, conversion }));
    await rehearsal.up();
    await rehearsal.change((plan) => ({
      ...plan,
      conversion: { ...conversion, recipientTypeDetails: "remove" },
    }));
    const moved = await rehearsal.stack.preview();
    expect(saidBy(moved)).toMatch(
      /anna@contoso\.com: was restored on \d{4}-\d\d-\d\d and is not converted again/,
    );
    // Whoever is converted keeps the type that was asked for then (docs/plan.md).
    for (const local of ["anna", "carla"])
      expect(saidBy(moved)).not.toContain(`${local}@contoso.com (CN=${local},`);
    await rehearsal.change((plan) => ({ ...plan, conversion }));
    const restored = await type(`mailstage restore --wave wave2 --user ${anna}`);
    expect(restored.stdout).toMatch(
      /^unchanged anna@contoso\.com\nby hand {3}anna@contoso\.com: Connect-Mailbox [^\n]*\n$/,
    );
    expect(restored.stderr).toContain("wave2 has its snapshot in snapshots/test/wave2.jsonl");

    // Who had the address beside another then is not meant by it, and was restored as much on purpose.
    await type(`mailstage restore --wave wave2 --user ${carla}`);
    const snapshot = join(rehearsal.stack.folder, "snapshots/test/wave2.jsonl");
    const edit = async (from: string, to: string) =>
      writeFile(snapshot, (await readFile(snapshot, "utf8")).replace(from, to));
    const shared = [`"SMTP:${carla}"`, `"SMTP:${carla}","smtp:${anna}"`] as const;
    await edit(...shared);

    const [, again = ""] =
      /(mailstage restore --convert-again [^\n]*?anna@contoso\.com)/.exec(saidBy(preview)) ?? [];
    expect((await type(again)).stdout).toBe(`released  ${anna}\n`);
    const next = await rehearsal.stack.preview();
    expect(saidBy(next)).toMatch(/wave2: 1 mailbox becomes a mail user/);
    await rehearsal.up();
    expect([await hasMailbox(anna), await hasMailbox(carla)]).toEqual([false, true]);
    await edit(shared[1], shared[0]);
  }, 240_000);

  test("is brought back by the very line that destroy prints", async () => {
    const gone = await rehearsal.stack.destroy();
    const [, line = ""] = /(mailstage restore --snapshot \S+ --all)/.exec(saidBy(gone)) ?? [];
    const { stdout } = await type(line);
    expect(stdout).toMatch(/^restored {2}anna@contoso\.com$/m);
    expect(stdout).toMatch(/^by hand {3}anna@contoso\.com: Connect-Mailbox /m);
    expect(await hasMailbox(anna)).toBe(true);
  }, 240_000);
});
