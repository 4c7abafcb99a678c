import { z } from "zod";
import { planSchema } from "../plan/index.js";
import { mxSwitch } from "../plan/mx-switch.js";
import { contract } from "./contract.js";
import { membersInput, observedInput, tenantInput, waveInput } from "./settings.js";

/** Inputs of `LicenseAssignment`. */
export const licenseAssignmentInputs = {
  ...waveInput,
  ...membersInput,
  /** The tenant. */
  tenant: tenantInput,
  /** Mailboxes in the CSV. */
  mailboxes: z.number(),
  /** By batch, whose mailbox was seen Synced, by `joinNames`. From stage `retire` on the program no longer gives it, and the last one is kept. */
  seenSynced: z.record(z.string(), z.string()).optional(),
  /** By user (`sku`) or by membership of a group (`group`). */
  licenses: planSchema.shape.licenses,
  /** Where and since when mail is routed to Microsoft 365: as long as its batches are needed, destroy takes no licence away. Only with `removeOnDestroy`. */
  routing: mxSwitch.optional(),
  /** Which servers tell where mail is routed. Only with `removeOnDestroy`. */
  observed: observedInput.optional(),
};

/** Outputs of `LicenseAssignment`. */
export const licenseAssignmentOutputs = {
  /** Users that have the licence. */
  licensed: z.number(),
  /** Users whose mailbox has not arrived yet. */
  waiting: z.number(),
  /** Users that could not be licensed. */
  failedCount: z.number(),
  /** Users that could not be licensed, with the reason; the first 20. */
  failures: z.array(z.string()),
  /** When the first mailbox without a licence is disabled, ISO 8601; null when all that are there are licensed. */
  firstDeadline: z.string().nullable(),
  /** Members of the group whose licence the service is still working out. */
  processing: z.number().default(0),
  /** Shared, room and equipment mailboxes in Exchange Online, which take no seat. */
  exempt: z.number().default(0),
  /** Service plans that were left out at the last run. */
  leftOut: z.array(z.string()).default([]),
  /** When mailboxes were last looked at, ISO 8601. */
  lookedAt: z.string().optional(),
  /** Mailboxes of the wave's batches that were synced at that time, listed still or not. */
  arrived: z.number().optional(),
  /** Local parts of those from whom somebody has taken a licence of ours, by `joinNames`: as a refresh saw it, until the next update. */
  lost: z.string().optional(),
  /** Local parts of those who have the plan's licence from us, by `joinNames`; nobody who had it before the plan named it. */
  assigned: z.string(),
};

/** The licences of a wave's users. */
export const licenseAssignmentContract = contract({
  inputs: z.object(licenseAssignmentInputs),
  outputs: z.object(licenseAssignmentOutputs),
  replaceOn: ["wave"],
  ignoreChanges: ["digest", "csv", "seenSynced", "observed"],
  folding: { seenSynced: ["members"], assigned: ["members"] },
});
