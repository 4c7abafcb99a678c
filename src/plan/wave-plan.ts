import { z } from "zod";
import { emailAddress } from "./names.js";

/** Longest name of a batch or an endpoint in Exchange Online, in characters (New-MigrationBatch -Name, checked 2026-11). */
export const longestName = 64;

/** A name Exchange takes for a batch or an endpoint: Microsoft's procedure allows no spaces and no special characters. */
export const objectName = z
  .string()
  .max(longestName, `must have at most ${longestName} characters`)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    "must have no spaces or special characters: letters, digits, - and _ only, a letter or digit first",
  );

/** A name Pulumi takes for a stack, without organization and project. */
export const stackName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,100}$/, "must be a stack's own name: letters, digits, ., - and _ only");

/** One wave of mailboxes: a CSV file and how far its migration is to go. */
export const waveSchema = z.strictObject({
  name: objectName.describe(
    "Name of the migration batch in Exchange Online, unique without regard to case. Change: replaces the batch",
  ),
  csv: z
    .string()
    // What Windows alone would find is found by no pipeline.
    .regex(/^[^\\]*\.(?:[Cc][Ss][Vv]|[Tt][Xx][Tt])$/, {
      error: ({ input }) =>
        typeof input === "string" && input.includes("\\")
          ? "must have / between folders, not \\"
          : "must be a .csv or .txt file",
    })
    .describe(
      "The list of mailboxes, relative to the folder of Pulumi.yaml; its rows may change, a mailbox stays in its batch. Change: adds and removes the mailboxes that differ",
    ),
  phase: z
    .enum(["created", "started", "converted"])
    .default("started")
    .describe(
      "How far the wave is to go: created (uploaded only), started (copying), converted (synced on-premises mailboxes become mail users as well). Change: moves the wave on; conversion is never undone",
    ),
  stack: stackName
    .optional()
    .describe(
      "Name of the wave stack that migrates the wave, where the plan is split by domainStack; default: the domain stack. Change: refused once the batch has been started",
    ),
  wait: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "How long one pulumi up may wait for the batch to be synced, in seconds; 0 does not wait. Change: takes effect at the next update",
    ),
  retryFailed: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "How often mailboxes that failed or were stopped were to be tried again: raise it by one for another try. Change: starts them again",
    ),
  notificationEmails: z
    .array(emailAddress)
    .optional()
    .describe(
      "Whom Exchange mails about the batch's progress. Change: updates the batch; to nobody may leave the last ones, which the update says",
    ),
  unifiedMessaging: z
    .enum(["keep", "disable", "enable"])
    .default("keep")
    .describe(
      "Unified Messaging of the wave's users: disable turns it off before the batch is made and keeps what was set, enable sets it again after the migration, keep leaves it alone. Change: updates the users; to keep leaves them as they are",
    ),
  convert: z
    .array(emailAddress)
    .optional()
    .describe(
      "Addresses to convert although their migration status is not Synced; each is named in the preview. Change: converts the added ones",
    ),
});
