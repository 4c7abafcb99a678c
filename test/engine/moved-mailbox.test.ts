import { changesOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles } from "./rehearsal.js";

/** From one batch into another goes only who has left the first, and once mail is routed that waits for what a deletion waits for. */
describe("a copied mailbox that is to go from one wave to another, from route on", () => {
  const hours = 3600;
  const rowsOf = (file: string) => smallFiles[`mailboxes/${file}.csv`] ?? "";
  let rehearsal: Rehearsal;
  const listed = async (wave1: string, wave2: string) => {
    await rehearsal.stack.write("mailboxes/wave1.csv", wave1);
    await rehearsal.stack.write("mailboxes/wave2.csv", wave2);
  };
  const without = mailboxes(["anna", "bert", "carla", "dieter"]);
  const joined = `${rowsOf("wave1")}eva@contoso.com,Pl4nted-P4ssw0rd!,False\n`;

  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * hours);
    await rehearsal.up();
    await rehearsal.stage("route");
    await rehearsal.lab.advance(25 * hours);
    await rehearsal.up();
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("in one change is refused, and the way in two is said", async () => {
    await listed(joined, without);
    expect((await rehearsal.stack.preview()).errors).toMatch(
      /eva@contoso\.com \(wave2\).* take its row out of that wave's list alone, run pulumi up, and add it to this list after that/,
    );
  }, 120_000);

  test("leaves its batch only when its late mail is copied; until when is said, and that this holds for a move too", async () => {
    await listed(rowsOf("wave1"), without);
    const { errors } = await rehearsal.stack.preview();
    expect(errors).toMatch(
      /wave wave2: 1 mailbox would leave it \(eva@contoso\.com\), and late mail .*: the MX was switched at/,
    );
    expect(errors).toMatch(
      /Put the rows back until then, also those that another wave is to have: .* Run pulumi up again after \d{4}-/,
    );
    await rehearsal.lab.advance(80 * hours);
    expect(changesOf(await rehearsal.up())).toContain("update wave2");
  }, 120_000);

  test("comes into the other batch after that, and is copied there", async () => {
    await listed(joined, without);
    await rehearsal.up();
    await rehearsal.lab.advance(24 * hours);
    const { batches } = await rehearsal.lab.state();
    expect(batches.map(({ name, status, totalCount }) => `${name} ${status} ${totalCount}`).sort()).toEqual([
      "wave1 Synced 4",
      "wave2 Synced 4",
    ]);
  }, 120_000);
});
