import {
  addMigrationUsers,
  createMigrationBatch,
  getMigrationBatch,
  isFailed,
  isNeverStarted,
  isSettled,
  isSynced,
  listMigrationBatches,
  removeMigrationBatch,
  setMigrationBatch,
  startMigrationBatch,
  stopMigrationBatch,
} from "../../src/microsoft365/exchange/index.js";
import { type Reply, scriptedPort } from "./scripted-port.js";

beforeAll(() => {
  process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
});
afterAll(() => {
  delete process.env["MAILSTAGE_RETRY_BASE_MS"];
});

const wave1 = { Identity: "wave1", Status: "Syncing", BatchGuid: "5d0f0a6e-0000-4000-8000-000000000001" };
const wave2 = { Identity: "wave2", Status: "Synced" };
const csvData = Buffer.from("EmailAddress\r\na@contoso.com\r\n");
const batch = { name: "wave1", csvData, sourceEndpoint: "onprem", autoStart: true };

describe("reading", () => {
  test.each([
    ["strings and numbers", { Identity: "wave1", Status: "Synced", TotalCount: 7, SourceEndpoint: "onprem" }],
    [
      "numbers as strings",
      { Identity: "wave1", Status: "Synced", TotalCount: "7", SourceEndpoint: "onprem" },
    ],
    [
      "objects with Name and Value",
      {
        Identity: { Name: "wave1" },
        Status: { Value: "Synced" },
        TotalCount: 7,
        SourceEndpoint: { Identity: "x", Name: "onprem" },
      },
    ],
  ])("understands %s", async (_name, row) => {
    const { port } = scriptedPort(() => [row]);
    expect(await getMigrationBatch(port, "wave1")).toMatchObject({
      name: "wave1",
      status: "Synced",
      totalCount: 7,
      syncedCount: 0,
      sourceEndpoint: "onprem",
      notificationEmails: [],
    });
  });

  test("understands dates with seven decimals, prefers UTC, and knows 'never'", async () => {
    const row = {
      ...wave1,
      StartDateTime: "2026-11-20T11:00:00.1234567+01:00",
      StartDateTimeUTC: "2026-11-20T10:00:00.1234567Z",
      LastSyncedDateTime: "0001-01-01T00:00:00",
      InitialSyncDateTime: "/Date(1763632800000)/",
      CreationDateTime: null,
    };
    const [info] = await listMigrationBatches(scriptedPort(() => [row]).port);
    expect(info).toMatchObject({
      startedAt: new Date("2026-11-20T10:00:00.123Z"),
      lastSyncedAt: undefined,
      initialSyncAt: new Date(1763632800000),
      createdAt: undefined,
    });
  });

  test("names cmdlet, object and property of an answer it does not understand", async () => {
    const { port } = scriptedPort(() => [wave2, { Identity: "wave1", Status: 5 }]);
    await expect(listMigrationBatches(port)).rejects.toThrow(
      /answer of Get-MigrationBatch: object 2 of 2 .* Status/,
    );
  });

  test.each<[string, Reply]>([
    ["every batch there is", [wave2, { ...wave2, Identity: "wave11" }]],
    ["an error", "not-found"],
    ["nothing", []],
  ])("knows that a batch is not there when Exchange answers with %s", async (_name, reply) => {
    expect(await getMigrationBatch(scriptedPort(() => reply).port, "wave1")).toBeUndefined();
  });

  test("finds a batch by name in any case and by GUID", async () => {
    const { port } = scriptedPort(() => [wave2, wave1]);
    expect((await getMigrationBatch(port, "WAVE1"))?.name).toBe("wave1");
    expect((await getMigrationBatch(port, wave1.BatchGuid))?.name).toBe("wave1");
  });
});

describe("creating", () => {
  test("refuses an empty list, which would be a cutover of the whole organization", async () => {
    const { port, calls } = scriptedPort(() => [wave1]);
    await expect(createMigrationBatch(port, { ...batch, csvData: new Uint8Array() })).rejects.toMatchObject({
      kind: "invalid",
    });
    await expect(addMigrationUsers(port, "wave1", new Uint8Array())).rejects.toMatchObject({
      kind: "invalid",
    });
    expect(calls).toHaveLength(0);
  });

  test("takes what the cmdlet gives back without asking again", async () => {
    const { port, calls } = scriptedPort(() => [wave1]);
    expect((await createMigrationBatch(port, batch)).name).toBe("wave1");
    expect(calls.map((call) => call.cmdlet)).toEqual(["New-MigrationBatch"]);
    expect(calls[0]?.parameters).toMatchObject({
      Name: "wave1",
      SourceEndpoint: "onprem",
      AutoStart: { on: true },
    });
  });

  test("after an unknown outcome reads back and does not create a second time", async () => {
    const { port, calls } = scriptedPort(({ cmdlet }) =>
      cmdlet === "New-MigrationBatch" ? "outcome-unknown" : [wave1],
    );
    expect((await createMigrationBatch(port, batch)).name).toBe("wave1");
    expect(calls.map((call) => call.cmdlet)).toEqual(["New-MigrationBatch", "Get-MigrationBatch"]);
  });

  test("after an unknown outcome repeats what was not done", async () => {
    const { port, calls } = scriptedPort(({ cmdlet }, index) =>
      cmdlet !== "New-MigrationBatch" ? [] : index === 0 ? "outcome-unknown" : [wave1],
    );
    await createMigrationBatch(port, batch);
    expect(calls.map((call) => call.cmdlet)).toEqual([
      "New-MigrationBatch",
      "Get-MigrationBatch",
      "New-MigrationBatch",
    ]);
  });

  test("knows its own batch when a lagging replica hid it and the repeat says 'already exists'", async () => {
    const { port } = scriptedPort(
      (_, index): Reply => (["outcome-unknown", [], "already-exists", [wave1]] as const)[index] ?? "invalid",
    );
    expect((await createMigrationBatch(port, batch)).name).toBe("wave1");
  });

  test("gives up with the unknown outcome after four attempts", async () => {
    const { port, calls } = scriptedPort(({ cmdlet }) =>
      cmdlet === "New-MigrationBatch" ? "outcome-unknown" : [],
    );
    await expect(createMigrationBatch(port, batch)).rejects.toMatchObject({ kind: "outcome-unknown" });
    expect(calls.filter((call) => call.cmdlet === "New-MigrationBatch")).toHaveLength(4);
  });

  test("lets 'already exists' through at the first attempt, for the caller to compare", async () => {
    const { port } = scriptedPort(() => "already-exists");
    await expect(createMigrationBatch(port, batch)).rejects.toMatchObject({ kind: "already-exists" });
  });
});

describe("changing", () => {
  test("adding users sends only CSV and AddUsers, and may be repeated", async () => {
    const { port, calls } = scriptedPort(() => []);
    await addMigrationUsers(port, "wave1", csvData);
    expect(calls[0]?.parameters).toMatchObject({
      Identity: "wave1",
      AddUsers: { on: true },
      CSVData: { data: csvData },
    });
    expect(calls[0]?.options.repeatable).toBe(true);
  });

  const partly = { ...wave1, Status: "SyncedWithErrors", FailedCount: 2 };
  test.each<[string, number, Reply, number]>([
    ["is not repeated when the batch is starting", 0, [{ ...wave1, Status: "Starting" }], 1],
    ["is repeated when the batch still waits", 0, [{ ...wave1, Status: "Stopped" }], 4],
    ["is repeated when the failed ones of a synced batch are failed still", 2, [partly], 4],
    ["is not repeated when they are tried again", 2, [{ ...partly, Status: "Syncing", FailedCount: 0 }], 1],
  ])("a start of unknown outcome %s", async (_name, failedCount, state, starts) => {
    const { port, calls } = scriptedPort(({ cmdlet }) =>
      cmdlet === "Get-MigrationBatch" ? state : "outcome-unknown",
    );
    await startMigrationBatch(port, { name: "wave1", failedCount }).catch(() => {});
    expect(calls.filter((call) => call.cmdlet === "Start-MigrationBatch")).toHaveLength(starts);
  });

  test("a stop of unknown outcome is read back", async () => {
    const { port, calls } = scriptedPort(({ cmdlet }) =>
      cmdlet === "Get-MigrationBatch" ? [{ ...wave1, Status: "Stopping" }] : "outcome-unknown",
    );
    await stopMigrationBatch(port, "wave1");
    expect(calls).toHaveLength(2);
  });

  test("settings and removal are idempotent; removing what is gone succeeds", async () => {
    const { port, calls } = scriptedPort(({ cmdlet }) => (cmdlet.startsWith("Remove") ? "not-found" : []));
    await setMigrationBatch(port, "wave1", { notificationEmails: ["a@contoso.com"] });
    await removeMigrationBatch(port, "wave1");
    expect(calls.map(({ parameters, options }) => [parameters["Confirm"], options.repeatable])).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});

describe("status values", () => {
  test.each([
    ["Synced", true, false, true],
    ["SyncedwithErrors", true, false, true],
    ["IncrementalSyncing", true, false, true],
    ["Syncing", false, false, false],
    ["Provisioning", false, false, false],
    ["Failed", false, true, true],
    ["IncrementalFailed", false, true, true],
    ["Corrupted", false, true, true],
    ["Stopped", false, false, true],
    ["NeedsApproval", false, false, true],
    ["SomethingNew", false, false, false],
  ])("%s", (status, synced, failed, settled) => {
    for (const value of [status, status.toLowerCase(), status.toUpperCase()])
      expect([isSynced(value), isFailed(value), isSettled(value)]).toEqual([synced, failed, settled]);
  });

  test.each([
    ["Created", undefined, true],
    ["Stopped", undefined, true],
    ["Stopped", new Date(), false],
    ["Syncing", undefined, false],
  ])("a batch that is %s and started at %s was never started: %s", (status, startedAt, expected) => {
    expect(isNeverStarted({ status, startedAt })).toBe(expected);
  });
});
