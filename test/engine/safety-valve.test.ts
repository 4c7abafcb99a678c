import { handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse } from "./rehearsal.js";

describe("a list that loses more than a fifth of its wave at once", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(60);
    await rehearsal.up();
  }, 60_000);
  afterAll(() => rehearsal?.close());

  test("is refused too where the batch was stopped by hand, and a refresh has noted that", async () => {
    await handOf(rehearsal).batch("wave2", "stop");
    await rehearsal.lab.advance(600);
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0 });
    const { resources } = await rehearsal.stack.exportState();
    expect(resources.find(({ urn }) => urn.endsWith("::wave2"))?.inputs["started"]).toBe(false);
    await rehearsal.stack.write("mailboxes/wave2.csv", mailboxes(["anna", "bert", "carla"]));
    const { code, errors } = await rehearsal.stack.preview();
    expect(errors).toMatch(/wave wave2: 2 of 5 mailboxes would be removed at once \(dieter, eva\)/);
    expect(code).not.toBe(0);
  }, 60_000);
});
