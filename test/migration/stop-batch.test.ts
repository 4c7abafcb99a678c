import type { MigrationBatchInfo } from "../../src/microsoft365/exchange/index.js";
import { isCopying, stopBatch } from "../../src/migration/stop-batch.js";
import { scriptedPort } from "../exchange/scripted-port.js";
import { migrationBatch } from "./migration-batch.js";

describe("stopping a batch", () => {
  const refuses = () => scriptedPort(() => "invalid").port;
  const copying: Partial<MigrationBatchInfo> = { status: "Syncing", activeCount: 1, syncedCount: 2 };

  test("says nothing where Exchange does it", async () => {
    expect(await stopBatch(scriptedPort(() => []).port, migrationBatch(copying), false)).toBeUndefined();
  });

  test("goes on where all mailboxes have arrived or failed, and tells what that means", async () => {
    const batch = migrationBatch({ status: "SyncedWithErrors", syncedCount: 2, failedCount: 1 });
    expect(await stopBatch(refuses(), batch, false)).toMatch(
      /sales has nothing left to stop: 2 mailboxes are synced, 1 failed\. .*set phase: started/,
    );
  });

  test("is refused where something is copied still, or was added since", async () => {
    await expect(stopBatch(refuses(), migrationBatch(copying), false)).rejects.toThrow("invalid");
    await expect(stopBatch(refuses(), migrationBatch(), true)).rejects.toThrow("invalid");
  });

  test.each([
    ["Syncing", true],
    ["Starting", true],
    ["Stopping", false],
    ["Stopped", false],
    ["Synced", false],
  ])("a batch that is %s is copied: %s", (status, copied) => {
    expect(isCopying(migrationBatch({ status }))).toBe(copied);
  });
});
