import { copied } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse } from "./rehearsal.js";
import type { Stack } from "./stack.js";

/** What state holds of a wave is read by people, in `pulumi preview --diff` and in the state file. */
describe("the mailboxes of a wave in state", () => {
  let rehearsal: Rehearsal;
  let stack: Stack;

  beforeAll(async () => {
    rehearsal = await rehearse();
    await copied(rehearsal);
    // Pulumi's CLI prints for people.
    stack = await rehearsal.goOnReal();
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("are a line each, so that Pulumi's --diff has a line for whoever comes or goes", async () => {
    await stack.write("mailboxes/wave2.csv", mailboxes(["anna", "bert", "dieter", "eva"]));
    const shown = await stack.shown("preview", "--diff");
    expect(shown).toMatch(/^\s*- carla$/m);
    expect(await stack.stateText()).toContain('"anna\\nbert\\ncarla\\ndieter\\neva"');
  }, 60_000);

  test("stand there once as inputs and once as outputs; who was seen Synced is told by them", async () => {
    const text = await stack.stateText();
    expect(text).toContain('"anna … eva (5)"');
    // Of batch, licences and conversion, as inputs and as outputs.
    expect(text.split("anna\\nbert").length - 1).toBeLessThanOrEqual(6);
  });
});
