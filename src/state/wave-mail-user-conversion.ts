import { z } from "zod";
import { contract } from "./contract.js";
import { directoryInput, membersInput, tenantInput, waveInput } from "./settings.js";

/** Inputs of `MailUserConversion`. */
export const mailUserConversionInputs = {
  ...waveInput,
  ...membersInput,
  /** The tenant, which knows what is synced. */
  tenant: tenantInput,
  /** The on-premises directory. */
  directory: directoryInput,
  /** Mailboxes in the CSV. */
  mailboxes: z.number(),
  /** By batch, whose mailbox was seen Synced, by `joinNames`. From stage `retire` on the program no longer gives it, and the last one is kept. */
  seenSynced: z.record(z.string(), z.string()).optional(),
  /** Exchange 2007: msExchMailboxGuid becomes the cloud's; 2003: it stays. */
  flavour: z.enum(["2003", "2007"]),
  /** msExchRecipientTypeDetails of a converted user: 128, or removed. */
  recipientTypeDetails: z.enum(["128", "remove"]),
  /** Folder of the snapshots, relative to the folder of Pulumi.yaml, or its URL. A wave that has a snapshot stays with its file. */
  snapshots: z.string(),
  /** Addresses to convert although they are not Synced. */
  convert: z.array(z.string()).optional(),
  /** Tells whether the mailboxes of the CSV changed, which its digest does for passwords too. */
  roster: z.string().optional(),
  /** Whether this is a preview, which a provider is not told otherwise. */
  dryRun: z.boolean().optional(),
};

/** Outputs of `MailUserConversion`. */
export const mailUserConversionOutputs = {
  /** Users converted. */
  converted: z.number(),
  /** Users whose mailbox is not synced yet. */
  waiting: z.number(),
  /** Users left out, with the reason; the first 20. */
  skipped: z.array(z.string()),
  /** Users left out. */
  skippedCount: z.number(),
  /** File of the snapshot, relative to the folder of Pulumi.yaml. */
  snapshot: z.string(),
  /** Users the snapshot keeps something of. State from before it was counted has none. */
  kept: z.number().optional(),
  /** How every address of the wave stands, as CSV; relative to the folder of Pulumi.yaml. */
  report: z.string(),
  /** The `cloud.csv` of Microsoft's scripts, in UTF-8 and quoted; relative to the folder of Pulumi.yaml. */
  cloudCsv: z.string(),
};

/** The on-premises mailboxes of a wave as mail-enabled users. */
export const mailUserConversionContract = contract({
  inputs: z.object(mailUserConversionInputs),
  outputs: z.object(mailUserConversionOutputs),
  computed: ["roster", "dryRun"],
  forgotten: ["dryRun"],
  replaceOn: ["wave"],
  // roster tells whether the mailboxes changed, where the list's digest and members would for a password or an order too.
  ignoreChanges: ["digest", "snapshots", "csv", "members", "seenSynced"],
  folding: { seenSynced: ["members"] },
});
