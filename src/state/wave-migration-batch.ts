import { z } from "zod";
import { mxSwitch } from "../plan/mx-switch.js";
import { contract } from "./contract.js";
import { observedInput, tenantInput, waveInput } from "./settings.js";

/**
 * A wave's status in one word, of all its batches together. `Created`: never started; `Removed`: the service or somebody has deleted
 * them.
 */
export const waveStatuses = [
  "Created",
  "Syncing",
  "Synced",
  "SyncedWithErrors",
  "Failed",
  "Stopped",
  "Removing",
  "Removed",
] as const;

/** One status of a wave. */
export type WaveStatus = (typeof waveStatuses)[number];

/** Inputs of `MigrationBatch`. */
export const migrationBatchInputs = {
  ...waveInput,
  /** The tenant. */
  tenant: tenantInput,
  /** Name of the migration endpoint (`SourceEndpoint`). Replaces. */
  endpoint: z.string(),
  /** Local parts of the CSV's addresses, by `joinNames`. Rows added become AddUsers, rows removed Remove-MigrationUser. In state where the wave is one migration batch. */
  mailboxes: z.string().optional(),
  /** Which mailboxes are in which migration batch, where the wave is several, or its one batch has not the wave's name; by `joinNames`. */
  mailboxesByBatch: z.record(z.string(), z.string()).optional(),
  /** Whether the batch is to be started: Start- or Stop-MigrationBatch. */
  started: z.boolean(),
  /** Raise it to try the failed mailboxes again. @default 0 */
  retryFailed: z.number(),
  /** Who is mailed about the batch's progress. */
  notificationEmails: z.array(z.string()).optional(),
  /** How long one update may wait for the batch to be synced, in seconds. */
  wait: z.number(),
  /** Whether stage `retire` has deleted this wave's batch before: then it is not created again. */
  retired: z.boolean(),
  /** Addresses listed under `convert` of the wave in the plan: they count as copied even where they were never seen Synced. */
  convert: z.array(z.string()).optional(),
  /** Where and since when mail is routed to Microsoft 365: what a deletion waits for. */
  routing: mxSwitch.optional(),
  /** Which servers tell where mail is routed. */
  observed: observedInput,
};

/** Outputs of `MigrationBatch`. */
export const migrationBatchOutputs = {
  /** Created, Syncing, Synced, SyncedWithErrors, Failed, Stopped, Removing, or Removed. */
  status: z.enum(waveStatuses),
  /** Mailboxes in the batch. */
  total: z.number(),
  /** Mailboxes whose first copy is done. */
  synced: z.number(),
  /** Mailboxes the service gave up on. */
  failed: z.number(),
  /** Exchange's ids (BatchGuid) of the wave's batches, by the names they have in the plan. */
  batchGuids: z.record(z.string(), z.string()),
  /** When the youngest of its batches was made, ISO 8601; null where none was seen yet. */
  madeAt: z.string().nullable().default(null),
  /** By batch, whose mailbox was seen Synced, by `joinNames`: what counts once the batch is gone. Absent for a retired wave. */
  seenSynced: z.record(z.string(), z.string()).optional(),
  /** Mailboxes that were never seen Synced and whose batch is gone. */
  uncopied: z.number().default(0),
  /** By batch, when Exchange was asked for a synchronization after the MX switch, ISO 8601. */
  syncAskedAt: z.record(z.string(), z.string()).default({}),
  /** When `mailstage adopt` took the wave over, ISO 8601; for a day after that no synchronization is asked for. The first update clears it. */
  adoptedAt: z.string().optional(),
  /** The first failed mailboxes with their errors. */
  failures: z.array(z.string()),
  /** Path of the full error report, relative to the folder of Pulumi.yaml. */
  report: z.string().nullable(),
};

/** A wave's migration batch in Exchange Online, or several. */
export const migrationBatchContract = contract({
  inputs: z.object(migrationBatchInputs),
  outputs: z.object(migrationBatchOutputs),
  computed: ["mailboxesByBatch"],
  replaceOn: ["wave", "domain", "endpoint"],
  ignoreChanges: ["digest", "wait", "observed", "convert"],
  folding: { seenSynced: ["mailboxesByBatch", "mailboxes"] },
});
