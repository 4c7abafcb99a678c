import { type BehaviourChange, connectControl } from "../../lab/index.js";
import { addressOf, csvOf, type Session, smallWorld, startSession } from "./worlds.js";

const one = (row: Record<string, unknown> | undefined, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, row?.[name]]));

describe("a migration batch on the lab's clock", () => {
  let session: Session;
  afterEach(() => session.lab.close());

  const begin = async (
    mailboxes: Parameters<typeof smallWorld>[0],
    autoStart = true,
    behaviour: BehaviourChange = {},
  ) => {
    session = await startSession(smallWorld(mailboxes));
    session.lab.faults.behave(behaviour);
    await session.ownDomain();
    expect(await session.createEndpoint()).toMatchObject({ ok: true });
    const addresses = session.world.mailboxes.map(({ emailAddress }) => emailAddress);
    return session.invoke("New-MigrationBatch", {
      Name: "wave1",
      CSVData: csvOf(addresses),
      SourceEndpoint: "mailstage",
      ...(autoStart ? { AutoStart: true } : {}),
    });
  };
  const batch = async () => (await session.rows("Get-MigrationBatch", { Identity: "wave1" }))[0];
  const user = async (address: string) => (await session.rows("Get-MigrationUser", { Identity: address }))[0];

  it("goes from Starting over Syncing to Synced, and its mailboxes from Queued to Synced", async () => {
    await begin([{ emailAddress: "ann@contoso.com", sizeMb: 300 }]);
    expect(one(await batch(), "Status", "MigrationType")).toEqual({
      Status: "Starting",
      MigrationType: "ExchangeStagedMigration",
    });
    const steps: [number, string, string][] = [
      [0, "Starting", "Queued"],
      [16, "Syncing", "Validating"],
      [10, "Syncing", "Provisioning"],
      [20, "Syncing", "Syncing"],
      [120, "Synced", "Synced"],
    ];
    for (const [seconds, batchStatus, userStatus] of steps) {
      await session.lab.advance(seconds);
      expect([(await batch())?.["Status"], (await user("ann@contoso.com"))?.["Status"]]).toEqual([
        batchStatus,
        userStatus,
      ]);
    }
    expect(one(await batch(), "TotalCount", "SyncedCount", "FailedCount", "ActiveCount")).toEqual({
      TotalCount: 1,
      SyncedCount: 1,
      FailedCount: 0,
      ActiveCount: 0,
    });
  });

  it("turns the mail user into a mailbox and sets targetAddress on premises", async () => {
    await begin([{ emailAddress: "ann@contoso.com" }]);
    expect(await session.rows("Get-Mailbox", { ResultSize: "Unlimited" })).toHaveLength(0);
    await session.lab.advance(3600);
    const [mailbox] = await session.rows("Get-Mailbox", { Identity: "ann@contoso.com" });
    expect(mailbox).toMatchObject({
      PrimarySmtpAddress: "ann@contoso.com",
      EmailAddresses: ["smtp:ann@contoso.onmicrosoft.com", "SMTP:ann@contoso.com"],
      "ExchangeGuid@data.type": "System.Guid",
    });
    expect(mailbox?.["WhenMailboxCreated"]).toMatch(/^2026-03-02T08:\d\d:\d\d\.\d{7}$/);
    const state = await session.lab.state();
    const entry = state.directory.find(({ dn }) => dn.startsWith("CN=ann,"));
    expect(entry?.attributes["targetAddress"]).toEqual(["SMTP:ann@contoso.onmicrosoft.com"]);
    expect(state.alarms).toEqual([]);
  });

  it("copies twenty mailboxes at a time", async () => {
    await begin(Array.from({ length: 45 }, (_, index) => ({ emailAddress: addressOf(index), sizeMb: 300 })));
    await session.lab.advance(60);
    const state = await session.lab.state();
    const count = (status: string) => state.batches[0]?.users.filter((one) => one.status === status).length;
    expect([count("Syncing"), count("Queued")]).toEqual([20, 25]);
    await session.lab.advance(3 * 150);
    expect(one(await batch(), "Status", "SyncedCount")).toEqual({ Status: "Synced", SyncedCount: 45 });
  });

  it.each([
    ["asked", "when it is asked only", 0],
    ["daily", "every 24 hours too, where it is such a batch", 48],
  ] as const)("syncs again after the first copy (%s): %s", async (incrementalSync, _when, hours) => {
    await begin([{ emailAddress: "ann@contoso.com", sizeMb: 300 }], true, { incrementalSync });
    await session.lab.advance(3600);
    const first = Date.parse(String((await batch())?.["LastSyncedDateTime"]));
    await session.lab.advance(50 * 3600);
    expect((Date.parse(String((await batch())?.["LastSyncedDateTime"])) - first) / 3_600_000).toBe(hours);
    await session.rows("Set-MigrationBatch", { Identity: "wave1", SyncNow: true });
    expect((await user("ann@contoso.com"))?.["Status"]).toBe("IncrementalSyncing");
    await session.lab.advance(660);
    expect(
      (Date.parse(String((await user("ann@contoso.com"))?.["LastSyncTime"])) - first) / 3_600_000,
    ).toBeGreaterThan(49);
  });

  it.each([
    ["not-found", "wasn't found in the on-premises"],
    ["quota", "larger than the quota"],
    ["access-denied", "permission to open"],
    ["not-mail-user", "isn't MailUser"],
  ] as const)("fails a mailbox with %s and says why", async (fault, text) => {
    await begin([{ emailAddress: "ann@contoso.com", fault }, { emailAddress: "bob@contoso.com" }]);
    await session.lab.advance(7200);
    expect(one(await batch(), "Status", "FailedCount", "SyncedCount")).toEqual({
      Status: "SyncedWithErrors",
      FailedCount: 1,
      SyncedCount: 1,
    });
    const [failed] = await session.rows("Get-MigrationUser", { BatchId: "wave1", StatusSummary: "Failed" });
    expect(failed?.["ErrorSummary"]).toContain(text);
  });

  it("retries failed mailboxes when it is started again, and refuses to start while it runs", async () => {
    await begin([
      { emailAddress: "ann@contoso.com", fault: "transient" },
      { emailAddress: "bob@contoso.com", fault: "slow" },
    ]);
    const again = await session.invoke("Start-MigrationBatch", { Identity: "wave1" });
    expect(again.text).toContain("already running");
    await session.lab.advance(7200);
    expect((await user("ann@contoso.com"))?.["Status"]).toBe("Failed");
    await session.rows("Start-MigrationBatch", { Identity: "wave1" });
    await session.lab.advance(7200);
    expect((await user("ann@contoso.com"))?.["Status"]).toBe("Synced");
  });

  it("stops what is not done, resumes it, and does not stop what is done", async () => {
    await begin([{ emailAddress: "ann@contoso.com", fault: "slow" }]);
    await session.lab.advance(60);
    await session.rows("Stop-MigrationBatch", { Identity: "wave1" });
    expect((await batch())?.["Status"]).toBe("Stopping");
    await session.lab.advance(60);
    expect([(await batch())?.["Status"], (await user("ann@contoso.com"))?.["Status"]]).toEqual([
      "Stopped",
      "Stopped",
    ]);
    await session.rows("Start-MigrationBatch", { Identity: "wave1" });
    await session.lab.advance(100 * 3600);
    expect((await batch())?.["Status"]).toBe("Synced");
    expect((await session.invoke("Stop-MigrationBatch", { Identity: "wave1" })).text).toContain(
      "can't be stopped",
    );
  });

  it("is Stopped and without start time until it is started", async () => {
    await begin(2, false);
    expect(one(await batch(), "Status", "StartDateTime", "TotalCount")).toEqual({
      Status: "Stopped",
      StartDateTime: null,
      TotalCount: 2,
    });
  });

  it("is Removing for a minute when it is removed, however often it is read, and keeps its name and its rows that long", async () => {
    await begin(1, false);
    await session.rows("Remove-MigrationBatch", { Identity: "wave1", Confirm: false });
    const again = (name: string) =>
      session.invoke("New-MigrationBatch", {
        Name: name,
        CSVData: csvOf(["ann@contoso.com"]),
        SourceEndpoint: "mailstage",
      });
    for (let read = 0; read < 3; read += 1) expect((await batch())?.["Status"]).toBe("Removing");
    expect((await again("wave1")).status).toBe(400);
    expect((await session.invoke("Start-MigrationBatch", { Identity: "wave1" })).status).toBe(400);
    await session.lab.advance(61);
    expect((await session.lab.state()).batches).toEqual([]);
    expect((await again("wave1")).status).toBe(200);
  });

  it("is stopped after 60 idle days and removed 90 days later", async () => {
    await begin(1);
    await session.lab.advance(3600);
    await session.lab.advance(61 * 86_400);
    expect((await batch())?.["Status"]).toBe("Stopped");
    await session.lab.advance(91 * 86_400);
    const state = await session.lab.state();
    expect(state.goneBatches).toMatchObject([{ name: "wave1", why: "expired" }]);
  });

  it("fails a mailbox whose on-premises user the migration account may not write", async () => {
    await begin([{ emailAddress: "ann@contoso.com", protectedAccount: true }]);
    await session.lab.advance(3600);
    expect((await user("ann@contoso.com"))?.["ErrorSummary"]).toContain("targetAddress");
    expect((await batch())?.["Status"]).toBe("Failed");
  });

  it("adds rows, refuses none twice, and takes single mailboxes out", async () => {
    await begin([{ emailAddress: "ann@contoso.com" }, { emailAddress: "bob@contoso.com" }], false);
    await session.rows("Remove-MigrationUser", { Identity: "bob@contoso.com", Confirm: false });
    expect((await batch())?.["TotalCount"]).toBe(1);
    await session.rows("Set-MigrationBatch", {
      Identity: "wave1",
      AddUsers: true,
      CSVData: csvOf(["ann@contoso.com", "bob@contoso.com"]),
    });
    expect((await batch())?.["TotalCount"]).toBe(2);
    await session.rows("New-MigrationBatch", {
      Name: "wave2",
      CSVData: csvOf(["ann@contoso.com"]),
      SourceEndpoint: "mailstage",
    });
    const [second] = await session.rows("Get-MigrationBatch", { Identity: "wave2" });
    expect(second).toMatchObject({ TotalCount: 0, ValidationWarningCount: 1 });
  });
});

describe("what must never happen", () => {
  let session: Session;
  afterEach(() => session.lab.close());
  const codes = async () => (await session.lab.state()).alarms.map(({ code }) => code);

  it("raises an alarm when a batch without CSVData becomes a cutover", async () => {
    session = await startSession(smallWorld(3));
    await session.createEndpoint();
    const [batch] = await session.rows("New-MigrationBatch", { Name: "oops", SourceEndpoint: "mailstage" });
    expect(batch).toMatchObject({ MigrationType: "ExchangeCutoverMigration", TotalCount: 3 });
    expect(await codes()).toEqual(["cutover-batch"]);
  });

  it("raises an alarm when MX moves to Microsoft before all are synced", async () => {
    session = await startSession(smallWorld(3));
    await session.ownDomain();
    expect(await codes()).toEqual([]);
    await connectControl(session.lab.addresses.control).setRecordSet({
      name: "contoso.com",
      type: "MX",
      ttl: 3600,
      values: [`0 ${session.world.mailExchange}`],
    });
    expect((await session.lab.state()).alarms).toMatchObject(
      [1, 2, 3].map((index) => ({ code: "mail-lost", subject: `user000${index}@contoso.com` })),
    );
  });

  it("raises an alarm for a licence before the migration, and for a mailbox 30 days without one", async () => {
    session = await startSession(
      smallWorld([
        { emailAddress: "ann@contoso.com", usageLocation: "US" },
        { emailAddress: "bob@contoso.com" },
      ]),
    );
    await session.ownDomain();
    await session.createEndpoint();
    const assign = {
      addLicenses: [{ skuId: session.world.sku.skuId, disabledPlans: [] }],
      removeLicenses: [],
    };
    expect((await session.graph("POST", "/users/ann@contoso.com/assignLicense", assign)).status).toBe(200);
    expect(await codes()).toEqual(["licence-before-migration"]);
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      CSVData: csvOf(["bob@contoso.com"]),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    await session.lab.advance(29 * 86_400);
    expect(await codes()).toHaveLength(1);
    await session.lab.advance(2 * 86_400);
    expect(await codes()).toEqual(["licence-before-migration", "mailbox-disabled", "mail-lost"]);
    expect(await session.rows("Get-Mailbox", { ResultSize: "Unlimited" })).toEqual([]);
  });

  it("raises an alarm when a synced batch is removed before 72 hours with MX at Microsoft", async () => {
    session = await startSession(smallWorld(1));
    await session.ownDomain();
    await session.createEndpoint();
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      CSVData: csvOf([addressOf(0)]),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    await session.lab.advance(3600);
    const control = connectControl(session.lab.addresses.control);
    await control.setRecordSet({
      name: "contoso.com",
      type: "MX",
      ttl: 3600,
      values: [`0 ${session.world.mailExchange}`],
    });
    await control.advance(71 * 3600);
    await control.batch("wave1", "remove");
    expect(await codes()).toEqual(["batch-removed-early"]);
  });

  it("raises none when the batch is removed after 72 hours and a later sync", async () => {
    session = await startSession(smallWorld(1));
    await session.ownDomain();
    await session.createEndpoint();
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      CSVData: csvOf([addressOf(0)]),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    await session.lab.advance(3600);
    const control = connectControl(session.lab.addresses.control);
    await control.setRecordSet({
      name: "contoso.com",
      type: "MX",
      ttl: 3600,
      values: [`0 ${session.world.mailExchange}`],
    });
    await session.rows("Set-MigrationBatch", { Identity: "wave1", SyncNow: true });
    await control.advance(73 * 3600);
    await control.batch("wave1", "remove");
    expect(await codes()).toEqual([]);
  });
});
