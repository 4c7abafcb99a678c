import { type Rehearsal, rehearse } from "./rehearsal.js";

/**
 * One migration through all seven stages, which test/user and test/in-process/held walk on the real engine too. What is asserted is
 * the lab's own state, not what our resources say of it.
 */
describe("a migration, stage by stage", () => {
  let rehearsal: Rehearsal;

  beforeAll(async () => {
    rehearsal = await rehearse();
  }, 60_000);
  afterAll(() => rehearsal?.close());

  const mx = async () => {
    const { zone } = await rehearsal.lab.state();
    const set = zone.find(({ name, type }) => name === "contoso.com" && type === "MX");
    return set && { ttl: set.ttl, values: set.values };
  };
  const unchangedByASecondUp = async () => {
    const again = await rehearsal.up();
    const told = (steps: typeof again.changes) => steps.map(({ op, name }) => `${op} ${name}`);
    expect({ previewed: told(again.previewed), done: told(again.changes) }).toEqual({
      previewed: [],
      done: [],
    });
  };

  test("prepare lowers the TTL of the MX and changes nothing else", async () => {
    const before = await mx();
    expect(before).toEqual({ ttl: 86_400, values: ["10 mail.contoso.com"] });
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(await mx()).toEqual(before);
    await rehearsal.reach("prepare");
    expect(await mx()).toEqual({ ttl: 3600, values: ["10 mail.contoso.com"] });
    await unchangedByASecondUp();
  }, 120_000);

  test("verify publishes the proof beside SPF, waits 15 minutes, and verifies", async () => {
    await rehearsal.stage("verify");
    const first = await rehearsal.up();
    expect(first.diagnostics.map(({ message }) => message).join("\n")).toMatch(
      /run pulumi up again after .* UTC to verify it/,
    );
    await unchangedByASecondUp();
    expect((await rehearsal.lab.state()).domains).toContainEqual(
      expect.objectContaining({ id: "contoso.com", isVerified: false }),
    );
    await rehearsal.lab.advance(16 * 60);
    await rehearsal.up();
    const { domains, zone } = await rehearsal.lab.state();
    expect(domains).toContainEqual(expect.objectContaining({ id: "contoso.com", isVerified: true }));
    const txt = zone.find(({ name, type }) => name === "contoso.com" && type === "TXT");
    expect(txt?.values).toEqual([expect.stringMatching(/^MS=ms\d+$/), expect.stringMatching(/^v=spf1 /)]);
    await unchangedByASecondUp();
  }, 120_000);

  test("connect makes one Outlook Anywhere endpoint", async () => {
    await rehearsal.reach("connect");
    expect((await rehearsal.lab.state()).endpoints).toEqual([
      expect.objectContaining({ name: "mailstage", userName: "CONTOSO\\migadmin" }),
    ]);
    await unchangedByASecondUp();
  }, 120_000);

  test("migrate copies, and says what is still syncing instead of waiting for it", async () => {
    await rehearsal.stage("migrate");
    const first = await rehearsal.up();
    expect(first.diagnostics.map(({ message }) => message).join("\n")).toMatch(/\d of 3 mailboxes synced/);
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
    const { batches, mailboxes } = await rehearsal.lab.state();
    expect(batches.map(({ name, status, syncedCount }) => `${name} ${status} ${syncedCount}`).sort()).toEqual(
      ["wave1 Synced 3", "wave2 Synced 5"],
    );
    expect(
      mailboxes.every(
        ({ licenses, recipientType }) => licenses.length === 1 && recipientType === "UserMailbox",
      ),
    ).toBe(true);
    await unchangedByASecondUp();
  }, 120_000);

  test("converted turns the on-premises mailboxes into mail users", async () => {
    await rehearsal.change((plan) => ({
      ...plan,
      waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" })),
    }));
    await rehearsal.up();
    const { directory, mailboxes } = await rehearsal.lab.state();
    for (const { emailAddress } of mailboxes) {
      const user = directory.find(({ attributes }) => attributes["mail"]?.includes(emailAddress));
      expect(user?.attributes).toMatchObject({
        targetAddress: [expect.stringMatching(/^SMTP:.*onmicrosoft\.com$/)],
        proxyAddresses: expect.arrayContaining([`SMTP:${emailAddress}`]),
      });
      expect(user?.attributes["homeMDB"]).toBeUndefined();
    }
    await unchangedByASecondUp();
  }, 120_000);

  test("route points the MX at what the tenant names, and going back returns it", async () => {
    await rehearsal.lab.advance(25 * 3600);
    await rehearsal.stage("route");
    await rehearsal.up();
    const routed = { ttl: 3600, values: [expect.stringMatching(/^0 .*\.mail\.protection\.outlook\.com$/)] };
    expect(await mx()).toEqual(routed);
    await unchangedByASecondUp();
    await rehearsal.stage("migrate");
    await rehearsal.up();
    expect(await mx()).toEqual({ ttl: 3600, values: ["10 mail.contoso.com"] });
    await unchangedByASecondUp();
    await rehearsal.stage("route");
    await rehearsal.up();
    expect(await mx()).toEqual(routed);
  }, 180_000);

  test("retire waits 72 hours and a sync, deletes the batches and restores the TTL", async () => {
    await rehearsal.stage("retire");
    await rehearsal.lab.advance(71 * 3600);
    const early = await rehearsal.stack.preview();
    expect(early.code).not.toBe(0);
    expect(early.errors).toMatch(/72 hours/);
    await rehearsal.lab.advance(2 * 3600);
    await rehearsal.up();
    await rehearsal.lab.advance(120);
    const { batches, goneBatches } = await rehearsal.lab.state();
    expect(batches).toEqual([]);
    expect(goneBatches.map(({ name, why }) => `${name} ${why}`).sort()).toEqual([
      "wave1 removed",
      "wave2 removed",
    ]);
    expect((await mx())?.ttl).toBe(86_400);
    await unchangedByASecondUp();
  }, 120_000);

  test("complete points Autodiscover at the tenant and lists what is left to people", async () => {
    await rehearsal.stage("complete");
    await rehearsal.up();
    const { zone } = await rehearsal.lab.state();
    expect(zone.find(({ name }) => name === "autodiscover.contoso.com")).toMatchObject({
      type: "CNAME",
      values: ["autodiscover.outlook.com"],
    });
    await unchangedByASecondUp();
  }, 120_000);

  test("nothing was lost and no secret is in state", async () => {
    const { alarms } = await rehearsal.lab.state();
    expect(alarms).toEqual([]);
    const state = await rehearsal.stack.stateText();
    // Picked out alone it would look at a migration that never was.
    expect(state).toContain("gate-complete");
    const planted = [
      "Pl4nted-P4ssw0rd!",
      ...Object.entries(rehearsal.lab.environment)
        .filter(([name]) => /PASSWORD|SECRET/.test(name))
        .map(([, value]) => value),
    ];
    for (const secret of planted) {
      expect(state).not.toContain(secret);
      expect(state).not.toContain(Buffer.from(secret).toString("base64"));
    }
  });
});
