import { changesOf, handOf, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

/** A mailbox without a licence is deleted after 30 days: whoever could not be licensed is tried again by every run. */
describe("a user who could not be licensed", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  const locate = async (...locals: string[]) => {
    for (const local of locals) {
      const { status } = await hand.graph("PATCH", `/users/${local}@contoso.com`, { usageLocation: "US" });
      expect(status).toBe(204);
    }
  };
  const unlicensed = async () =>
    (await rehearsal.lab.state()).mailboxes
      .filter(({ wave, licences }) => wave !== undefined && licences.length === 0)
      .map(({ emailAddress }) => emailAddress)
      .sort();

  beforeAll(async () => {
    rehearsal = await rehearse({ plan: { ...smallPlan, licenses: { sku: "ENTERPRISEPACK" } } });
    hand = handOf(rehearsal);
    await hand.ownDomain();
    await locate("pilarp", "tobyn", "briant", "carla", "dieter", "eva");
    await rehearsal.change((plan) => ({
      ...plan,
      stage: "migrate",
      waive: [
        { gate: "stage-order", reason: "the domain was prepared by hand before" },
        { gate: "directory-synchronized", reason: "some can be licensed, some cannot" },
      ],
    }));
    // Several stages at once cannot be previewed: see `jumpTo`.
    await rehearsal.up({ skipPreview: true });
    await rehearsal.lab.advance(48 * 3600);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is named, and the others are licensed", async () => {
    const run = await rehearsal.up();
    expect(saidBy(run)).toContain("anna@contoso.com: has no usage location");
    expect(saidBy(run)).toContain("wave2: 2 migrated users have no licence");
    expect(await unlicensed()).toEqual(["anna@contoso.com", "bert@contoso.com"]);
  }, 60_000);

  test("is licensed by the next run once nothing is in the way, though no mailbox came", async () => {
    await locate("anna");
    const preview = await rehearsal.stack.preview();
    expect(changesOf(preview)).toEqual(["update wave2-licenses"]);
    await rehearsal.up();
    expect(await unlicensed()).toEqual(["bert@contoso.com"]);
    await locate("bert");
    await rehearsal.up();
    expect(await unlicensed()).toEqual([]);
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
  }, 120_000);
});
