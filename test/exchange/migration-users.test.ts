import { listMigrationUsers, removeMigrationUsers } from "../../src/microsoft365/exchange/index.js";
import { scriptedPort } from "./scripted-port.js";

const guid = "5d0f0a6e-0000-4000-8000-000000000001";
const user = (address: string, batch: unknown, extra: object = {}) => ({
  Identity: address,
  BatchId: batch,
  Status: "Syncing",
  ...extra,
});

test("users of one batch are asked for without a limit and checked against the batch", async () => {
  const { port, calls } = scriptedPort(() => [
    user("a@contoso.com", "wave1", {
      StatusSummary: "Active",
      LastSyncTime: "2026-11-20T10:00:00Z",
      ErrorSummary: null,
    }),
    user("b@contoso.com", { Name: "Wave1" }),
    user("c@contoso.com", "wave2"),
  ]);
  expect(await listMigrationUsers(port, { batch: "wave1" })).toEqual([
    {
      emailAddress: "a@contoso.com",
      batch: "wave1",
      status: "Syncing",
      statusSummary: "Active",
      lastSyncTime: new Date("2026-11-20T10:00:00Z"),
      errorSummary: undefined,
    },
    {
      emailAddress: "b@contoso.com",
      batch: "wave1",
      status: "Syncing",
      statusSummary: undefined,
      lastSyncTime: undefined,
      errorSummary: undefined,
    },
  ]);
  expect(calls[0]?.parameters).toEqual({
    BatchId: "wave1",
    StatusSummary: undefined,
    ResultSize: "Unlimited",
  });
});

test("users that name their batch by GUID are recognised", async () => {
  const { port } = scriptedPort(({ cmdlet }) =>
    cmdlet === "Get-MigrationBatch"
      ? [{ Identity: "wave1", BatchGuid: guid.toUpperCase(), Status: "Syncing" }]
      : [user("a@contoso.com", guid), user("b@contoso.com", guid.replace("1", "2"))],
  );
  expect((await listMigrationUsers(port, { batch: "wave1" })).map((item) => item.emailAddress)).toEqual([
    "a@contoso.com",
  ]);
});

test("an ignored status filter does not let others through", async () => {
  const { port } = scriptedPort(() => [
    user("a@contoso.com", "wave1", { Status: "Failed", StatusSummary: "Failed" }),
    user("b@contoso.com", "wave1", { StatusSummary: "Active" }),
  ]);
  const failed = await listMigrationUsers(port, { statusSummary: "Failed" });
  expect(failed.map((item) => item.emailAddress)).toEqual(["a@contoso.com"]);
});

test("a batch that is gone has no users", async () => {
  expect(await listMigrationUsers(scriptedPort(() => "not-found").port, { batch: "wave1" })).toEqual([]);
});

test("removal goes on past a failure, forgives what is gone, counts, and names all failures", async () => {
  const { port, calls } = scriptedPort(({ parameters }) =>
    parameters["Identity"] === "gone@contoso.com"
      ? "not-found"
      : String(parameters["Identity"]).startsWith("bad")
        ? "invalid"
        : [],
  );
  const progress: number[] = [];
  const addresses = [
    "a@contoso.com",
    "bad1@contoso.com",
    "gone@contoso.com",
    "bad2@contoso.com",
    "b@contoso.com",
    "c@contoso.com",
  ];
  await expect(removeMigrationUsers(port, addresses, (done) => progress.push(done))).rejects.toThrow(
    "2 problems",
  );
  expect(calls.map((call) => call.parameters["Identity"]).sort()).toEqual([...addresses].sort());
  expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
});

test("removal stops at once where the caller has no right", async () => {
  const { port, calls } = scriptedPort(() => "unauthorized");
  const addresses = Array.from({ length: 50 }, (_, index) => `u${index}@contoso.com`);
  await expect(removeMigrationUsers(port, addresses)).rejects.toMatchObject({ kind: "unauthorized" });
  expect(calls.length).toBeLessThanOrEqual(5);
});

test("at most five removals run at once", async () => {
  let running = 0;
  let most = 0;
  const port = {
    async invoke() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return { rows: [], warnings: [], date: new Date() };
    },
  };
  await removeMigrationUsers(
    port,
    Array.from({ length: 23 }, (_, index) => `u${index}@contoso.com`),
  );
  expect(most).toBe(5);
});
