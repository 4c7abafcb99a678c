import type { MigrationBatchInfo } from "../../src/microsoft365/exchange/index.js";
import type { CloudSession } from "../../src/microsoft365/index.js";
import { notSyncedSince } from "../../src/migration/batch-deletion-conditions.js";
import { askToSync, toBeSynced } from "../../src/migration/sync-after-switch.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";
import { migrationBatch as batch } from "./migration-batch.js";

const routedAt = "2026-11-22T10:00:00.500Z";

describe("the synchronization after the MX switch", () => {
  test.each<[string, MigrationBatchInfo, string | undefined, Record<string, string>, boolean]>([
    ["is asked of a batch that was synchronized before it", batch(), routedAt, {}, true],
    [
      "is asked of one that never was",
      batch({ lastSyncedAt: undefined, status: "Failed" }),
      routedAt,
      {},
      true,
    ],
    ["is not asked before mail is routed", batch(), undefined, {}, false],
    [
      "is asked of one of which a single mailbox may have been copied since",
      batch({ lastSyncedAt: new Date("2026-11-22T11:00:00Z") }),
      routedAt,
      {},
      true,
    ],
    ["is not asked twice", batch(), routedAt, { sales: routedAt }, false],
    ["is asked anew for another switch", batch(), routedAt, { sales: "2026-11-19T10:00:00Z" }, true],
    ["waits for a batch that still copies", batch({ status: "Syncing" }), routedAt, {}, false],
    [
      "is not asked of one that was never started",
      batch({ status: "Stopped", startedAt: undefined }),
      routedAt,
      {},
      false,
    ],
  ])("%s", (_name, one, at, asked, expected) => {
    expect(toBeSynced([one, undefined], at, asked)).toHaveLength(expected ? 1 : 0);
  });

  const session = (refuse = false): { session: CloudSession; cmdlets: () => string[] } => {
    const { port, calls } = scriptedPort(() => (refuse ? "invalid" : []));
    return {
      session: sessionWith({ exchange: port, now: async () => new Date("2026-11-22T10:00:00Z") }),
      cmdlets: () =>
        calls.map(({ cmdlet, parameters }) => `${cmdlet}${"SyncNow" in parameters ? " SyncNow" : ""}`),
    };
  };

  test("is SyncNow where users are Synced and Start where the batch stopped, and counts from the switch on", async () => {
    const { session: open, cmdlets } = session();
    const batches = [batch(), batch({ name: "late", status: "Stopped" })];
    const { asked } = await askToSync(open, batches, routedAt);
    expect(cmdlets()).toEqual(["Set-MigrationBatch SyncNow", "Start-MigrationBatch"]);
    // By a clock of whole seconds it would have been asked before the switch.
    expect(asked).toEqual({ sales: routedAt, late: routedAt });
    expect(toBeSynced(batches, routedAt, asked)).toEqual([]);
  });

  test("that is refused is told and not recorded, so that the next update asks again", async () => {
    const { asked, refused } = await askToSync(session(true).session, [batch()], routedAt);
    expect([asked, refused.length]).toEqual([{}, 1]);
  });
});

test("neither a mailbox that was copied after the switch nor a status speaks for the others of a batch", () => {
  const user = (emailAddress: string, lastSyncTime: string | undefined, status = "Synced") => ({
    emailAddress,
    batch: "sales",
    status,
    statusSummary: undefined,
    errorSummary: undefined,
    lastSyncTime: lastSyncTime === undefined ? undefined : new Date(lastSyncTime),
  });
  const users = [
    user("anna@contoso.com", "2026-11-20T10:00:00Z"),
    user("late@contoso.com", "2026-11-22T10:05:00Z"),
    user("untold@contoso.com", undefined),
    // Never copied whole: nothing of theirs is in the cloud that late mail would be missed in.
    user("failed@contoso.com", "2026-11-20T10:00:00Z", "Failed"),
    user("stopped@contoso.com", "2026-11-20T10:00:00Z", "IncrementalStopped"),
    user("corrupt@contoso.com", "2026-11-20T10:00:00Z", "IncrementalFailed"),
    user("again@contoso.com", "2026-11-20T10:00:00Z", "Syncing"),
    user("mended@contoso.com", "2026-11-22T10:05:00Z", "IncrementalStopped"),
  ];
  expect([...notSyncedSince(new Date(routedAt), users)]).toEqual([
    ["sales", ["anna", "stopped", "corrupt", "again"].map((local) => `${local}@contoso.com`)],
  ]);
});
