import { connectControl } from "../../lab/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const domain = "xn--bcher-kva.example";

/**
 * A domain beyond ASCII, in a zone that only a person can change: mailstage prints what to set and goes on when every
 * authoritative server answers it.
 */
describe("a zone at a host mailstage cannot write to", () => {
  const plan: PlanInput = {
    ...smallPlan,
    domain: "bücher.example",
    dns: { host: "manual" },
    source: { ...smallPlan.source, testMailbox: "anna@bücher.example" },
    waves: [{ name: "wave1", csv: "mailboxes/wave1.csv" }],
  };
  let rehearsal: Rehearsal;
  /** The plan with the lab's addresses, but with the host of the plan. */
  const at = (stage: PlanInput["stage"]) => {
    const { nameServers, resolvers } = rehearsal.lab.planOverrides(plan).dns;
    return rehearsal.stack.plan({
      ...rehearsal.lab.planOverrides({ ...plan, stage }),
      dns: { host: "manual", nameServers, resolvers },
    });
  };
  const control = () => connectControl(rehearsal.lab.addresses.control);
  const said = (run: { diagnostics: readonly { message: string }[] }) =>
    run.diagnostics.map(({ message }) => message).join("\n");

  beforeAll(async () => {
    const files = { "mailboxes/wave1.csv": mailboxes(["anna", "bert"], "bücher.example") };
    rehearsal = await rehearse({ plan, files });
  }, 60_000);
  afterAll(() => rehearsal?.close());

  test("prepare prints the MX with its lower TTL, and is done when it is published", async () => {
    await at("prepare");
    const first = await rehearsal.up();
    expect(said(first)).toMatch(new RegExp(`Set at your DNS host, MX ${domain}:[^]*MX +3600 +10 mail\\.`));
    const waiting = await rehearsal.up();
    expect(waiting.changes).toEqual([]);
    const { zone } = await rehearsal.lab.state();
    const values = zone.find(({ name, type }) => name === domain && type === "MX")?.values ?? [];
    await control().setRecordSet({ name: domain, type: "MX", ttl: 3600, values });
    const done = await rehearsal.up();
    expect(done.changes.map(({ name }) => name).sort()).toEqual(["mx", "mx-ttl"]);
    expect((await rehearsal.up()).changes).toEqual([]);
  }, 120_000);

  test("verify prints the proof beside what is there, and verifies when it is published", async () => {
    await at("verify");
    // As a user does it: what the tenant will name is unknown in the preview.
    const first = await rehearsal.stack.up({ skipPreview: false });
    expect(first.errors).toBe("");
    const proof = /TXT +\d+ +(MS=ms\d+)/.exec(said(first))?.[1];
    expect(said(first)).toMatch(/= TXT xn--bcher-kva\.example v=spf1 /);
    const { zone } = await rehearsal.lab.state();
    const txt = zone.find(({ name, type }) => name === domain && type === "TXT");
    await control().setRecordSet({
      name: domain,
      type: "TXT",
      ttl: txt?.ttl ?? 0,
      values: [...(txt?.values ?? []), proof ?? "not printed"],
    });
    await rehearsal.up();
    await rehearsal.lab.advance(16 * 60);
    await rehearsal.up();
    expect((await rehearsal.lab.state()).domains).toContainEqual(
      expect.objectContaining({ id: domain, isVerified: true }),
    );
  }, 120_000);
});
