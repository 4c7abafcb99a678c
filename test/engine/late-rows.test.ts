import { changesOf, handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse } from "./rehearsal.js";

/** From `retire` on no batch is made: a row that comes then would never be copied, and its mail goes to Exchange Online. */
describe("a row that comes into a list after the batches are deleted", () => {
  const wave2 = ["anna", "bert", "carla", "dieter", "eva"];
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({ extraMailboxes: ["frida@contoso.com"] });
    await handOf(rehearsal).ownDomain();
    await jumpTo(rehearsal, "connect");
    await rehearsal.reach("migrate");
    rehearsal.expectAlarms([{ code: "mail-lost", subject: "frida@contoso.com" }]);
    const reason = "what comes for frida may be lost";
    await rehearsal.change((plan) => ({ ...plan, waive: [{ gate: "mailboxes-listed", reason }] }));
    await rehearsal.reach("retire");
    await rehearsal.lab.advance(120);
  }, 180_000);
  afterAll(() => rehearsal?.close());

  const write = (locals: readonly string[]) =>
    rehearsal.stack.write("mailboxes/wave2.csv", mailboxes(locals));
  const refused = async () => {
    const text =
      /wave wave2: 1 mailbox came into its list when its batches are not made any more, and would never be copied: frida. Take them out of this list. Set stage: route, run pulumi up, and list them in a wave of another name there/;
    for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })]) {
      expect(run.errors).toMatch(text);
      expect(run.code).not.toBe(0);
    }
  };

  test("is refused at retire, by the preview and by the update", async () => {
    await write([...wave2, "frida"]);
    await refused();
  }, 60_000);

  test("is refused with the whole wave where that goes back to created, in which nothing looks at its list", async () => {
    await write([...wave2, "frida"]);
    const { waves } = rehearsal.plan;
    const inPhase = (phase: "created" | "converted") =>
      rehearsal.change((plan) => ({
        ...plan,
        waves: waves.map((wave) => (wave.name === "wave2" ? { ...wave, phase } : wave)),
      }));
    await inPhase("created");
    const text =
      /wave wave2: cannot go back to phase created when its batches are not made any more. Set its phase to converted again/;
    for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })]) {
      expect(run.errors).toMatch(text);
      expect(run.code).not.toBe(0);
    }
    const { stage } = rehearsal.plan;
    await rehearsal.change((plan) => ({ ...plan, stage: "migrate" }));
    const { errors } = await rehearsal.stack.preview();
    expect(errors).toMatch(text);
    expect(errors).toMatch(/stage migrate: cannot be returned to from retire in one step/);
    await rehearsal.change((plan) => ({ ...plan, stage }));
    await inPhase("converted");
    await refused();
  }, 60_000);

  test("is let in where it left the list only then, since it was copied", async () => {
    await write(wave2.slice(1));
    expect((await rehearsal.stack.up()).code).toBe(0);
    await write(wave2);
    expect((await rehearsal.stack.up()).code).toBe(0);
  }, 60_000);

  test("is refused on the way back as well, and comes with a wave of another name", async () => {
    await rehearsal.stage("route");
    await rehearsal.up();
    await write([...wave2, "frida"]);
    await refused();
    await write(wave2);
    await rehearsal.stack.write("mailboxes/late.csv", mailboxes(["frida"]));
    await rehearsal.change((plan) => ({
      ...plan,
      waves: [...plan.waves, { name: "late", csv: "mailboxes/late.csv", phase: "converted" }],
    }));
    expect(changesOf(await rehearsal.up())).toEqual(expect.arrayContaining(["create late"]));
    expect((await rehearsal.lab.state()).batches.map(({ name }) => name)).toEqual(["late"]);
  }, 60_000);
});
