import { z } from "zod";
import { contract } from "./contract.js";
import { directoryInput, membersInput, waveInput } from "./settings.js";

/** Inputs of `UnifiedMessaging`. */
export const unifiedMessagingInputs = {
  ...waveInput,
  ...membersInput,
  /** The on-premises directory. */
  directory: directoryInput,
  /** disable: off, keeping what was set; enable: as it was kept. Updates the users. */
  unifiedMessaging: z.enum(["disable", "enable"]),
  /** Folder of the file that keeps what was set, relative to the folder of Pulumi.yaml. */
  snapshots: z.string(),
  /** Tells whether the mailboxes of the CSV changed. */
  roster: z.string().optional(),
};

/** Outputs of `UnifiedMessaging`. */
export const unifiedMessagingOutputs = {
  /** Users it is off for whose settings are kept. */
  disabled: z.number(),
  /** Users it is on for. */
  enabled: z.number(),
  /** Users that could not be changed. */
  failed: z.number(),
  /** File that keeps what was set, relative to the folder of Pulumi.yaml; null where nobody had it. */
  kept: z.string().nullable(),
};

/** Unified Messaging of a wave's users on premises. */
export const unifiedMessagingContract = contract({
  inputs: z.object(unifiedMessagingInputs),
  outputs: z.object(unifiedMessagingOutputs),
  computed: ["roster"],
  replaceOn: ["wave"],
  ignoreChanges: ["digest", "csv", "snapshots", "directory", "members"],
});
