import { freeFromLeaving, leavingBatches } from "../../src/migration/leaving-waves.js";
import { Run } from "../../src/plan/run.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";

const ours = new Set(["anna@contoso.com", "bert@contoso.com"]);
const rows = (batches: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(batches).flatMap(([batch, locals]) =>
    locals.map((local) => ({ Identity: `${local}@contoso.com`, BatchId: batch, Status: "Stopped" })),
  );

/** What is deleted where the wave `sales` leaves the plan and another takes anna and bert over. */
async function deleted(batches: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const gone: string[] = [];
  const { port } = scriptedPort(({ cmdlet, parameters }) => {
    if (cmdlet === "Get-MigrationUser") return rows(batches);
    if (cmdlet === "Get-MigrationBatch")
      return Object.keys(batches)
        .filter((name) => !gone.includes(name))
        .map((name) => ({ Identity: name, Status: "Stopped" }));
    gone.push(`${parameters["Identity"]}`);
    return [];
  });
  const run = new Run();
  run.leaving = ["Sales"];
  await freeFromLeaving(run, sessionWith({ exchange: port }), ours);
  return gone;
}

describe("a wave that leaves the plan and whose mailboxes another takes over", () => {
  test("loses its batches, further ones of a large wave too", async () => {
    expect(await deleted({ sales: ["anna"], "sales-2": ["bert"] })).toEqual(["sales", "sales-2"]);
  });

  test("costs nobody else a batch whose name looks like one of its own", async () => {
    expect(await deleted({ sales: ["anna"], "sales-2": ["bert", "zoe"], "sales-2024": ["bert"] })).toEqual([
      "sales",
    ]);
  });

  test("loses the batch of its own name whoever else is in it", async () => {
    expect(await deleted({ sales: ["anna", "carla"] })).toEqual(["sales"]);
  });

  test("is none where no wave leaves", () => {
    expect(leavingBatches(new Run(), [], ours).size).toBe(0);
  });
});
