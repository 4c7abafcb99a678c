import { knownBatches, mayBeOf } from "../../src/migration/batch-identity.js";
import { freeFromLeaving, leavingBatches, unknownBatchProblems } from "../../src/migration/leaving-waves.js";
import { DomainRun } from "../../src/plan/run.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";
import { migrationBatch } from "./migration-batch.js";

const ours = new Set(["anna@contoso.com", "bert@contoso.com"]);
const guidOf = (batch: string) => `guid of ${batch}`;
const rows = (batches: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(batches).flatMap(([batch, locals]) =>
    locals.map((local) => ({ Identity: `${local}@contoso.com`, BatchId: batch, Status: "Stopped" })),
  );

/** A run in which the wave `Sales` leaves the plan, of which state has ids; undefined where state cannot be read. */
function leaving(ids: Readonly<Record<string, string>> | undefined): DomainRun {
  const run = new DomainRun();
  run.leaving = ["Sales"];
  run.made = knownBatches(["Sales", "Trade"], ids && { Sales: ids });
  return run;
}

/** What is deleted where another wave takes anna and bert over. */
async function deleted(
  batches: Readonly<Record<string, readonly string[]>>,
  made: Readonly<Record<string, string>> | undefined,
): Promise<string[]> {
  const gone: string[] = [];
  const { port } = scriptedPort(({ cmdlet, parameters }) => {
    if (cmdlet === "Get-MigrationUser") return rows(batches);
    if (cmdlet === "Get-MigrationBatch")
      return Object.keys(batches)
        .filter((name) => !gone.includes(name))
        .map((name) => ({ Identity: name, BatchGuid: guidOf(name), Status: "Stopped" }));
    gone.push(`${parameters["Identity"]}`);
    return [];
  });
  await freeFromLeaving(leaving(made), sessionWith({ exchange: port }), ours);
  return gone;
}

describe("a wave that leaves the plan and whose mailboxes another takes over", () => {
  test("loses its batches, further ones of a large wave too, whoever else is in them", async () => {
    const made = { Sales: guidOf("sales").toUpperCase(), "Sales-2": guidOf("sales-2") };
    expect(await deleted({ sales: ["anna", "carla"], "sales-2": ["bert"] }, made)).toEqual([
      "sales",
      "sales-2",
    ]);
  });

  test("costs nobody else a batch whose name looks like one of its own, though only these mailboxes are in it", async () => {
    const batches = { sales: ["anna"], "sales-2": ["bert"] };
    expect(await deleted(batches, { Sales: guidOf("sales") })).toEqual(["sales"]);
  });

  test("costs nobody else a batch of its very name", async () => {
    expect(await deleted({ sales: ["anna"] }, { Sales: guidOf("another") })).toEqual([]);
    expect(await deleted({ sales: ["anna"] }, {})).toEqual([]);
    expect(await deleted({ sales: ["anna"] }, undefined)).toEqual([]);
  });

  test("is none where no wave leaves", () => {
    expect(leavingBatches(new DomainRun(), [migrationBatch()])).toEqual([]);
  });

  test("is asked about where state has no id of a batch that may be its own, and nowhere else", () => {
    const users = ["sales", "sales-2"].map((batch, index) => ({
      emailAddress: [...ours][index] ?? "",
      status: "Stopped",
      batch,
      statusSummary: undefined,
      lastSyncTime: undefined,
      errorSummary: undefined,
    }));
    const batches = ["sales", "sales-2"].map((name) => migrationBatch({ name, guid: guidOf(name) }));
    const asked = (ids: Readonly<Record<string, string>> | undefined) =>
      unknownBatchProblems(leaving(ids), batches, users, ours).map(({ subject }) => subject);
    expect(asked({ Sales: guidOf("sales") })).toEqual([]);
    expect(asked({})).toEqual(["batch sales"]);
    expect(asked(undefined)).toEqual(["batch sales", "batch sales-2"]);
  });
});

describe("what refuses something for a wave's batch", () => {
  test.each([
    { state: "has its ids", made: { sales: { sales: "one" } }, counted: ["sales one"] },
    { state: "has no id of it", made: {}, counted: ["sales one", "sales two"] },
    { state: "tells nothing", made: undefined, counted: ["sales one", "sales two", "sales-2 one"] },
  ])("counts $counted where state $state", ({ made, counted }) => {
    const batches = ["sales one", "sales two", "sales-2 one", "sales-2024 one"].map((both) => {
      const [name = "", guid] = both.split(" ");
      return migrationBatch({ name, guid });
    });
    const run = { made: knownBatches(["sales"], made) };
    expect(
      batches.filter((batch) => mayBeOf(run, "sales", batch)).map(({ name, guid }) => `${name} ${guid}`),
    ).toEqual(counted);
  });
});
