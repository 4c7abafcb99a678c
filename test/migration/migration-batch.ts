import type { MigrationBatchInfo } from "../../src/microsoft365/exchange/index.js";

/** A batch of three mailboxes that are synced, and what is otherwise. */
export const migrationBatch = (change: Partial<MigrationBatchInfo> = {}): MigrationBatchInfo => ({
  name: "sales",
  guid: undefined,
  status: "Synced",
  sourceEndpoint: undefined,
  migrationType: undefined,
  totalCount: 3,
  activeCount: 0,
  stoppedCount: 0,
  syncedCount: 3,
  finalizedCount: 0,
  failedCount: 0,
  pendingCount: 0,
  notificationEmails: [],
  createdAt: undefined,
  startedAt: new Date("2026-11-20T10:00:00Z"),
  initialSyncAt: undefined,
  lastSyncedAt: new Date("2026-11-21T10:00:00Z"),
  expiresAt: undefined,
  message: undefined,
  validationWarnings: [],
  ...change,
});
