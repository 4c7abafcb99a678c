import { z } from "zod";
import { unwrapped } from "../../src/base/wrapped.js";
import { holdWidth } from "../base/printed.js";

/**
 * The Pulumi CLI's event stream (`--json` of up, refresh and destroy; of preview with
 * PULUMI_ENABLE_STREAMING_JSON_PREVIEW), as far as tests look at it (apitype.EngineEvent of pulumi/pulumi, 3.270).
 */
/** Not a record of zod's, which makes a copy key by key: nobody writes to them. */
export const properties = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const stateSchema = z.object({
  id: z.string().default(""),
  inputs: properties.default({}),
  outputs: properties.default({}),
});
const metadataSchema = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  keys: z.array(z.string()).nullish(),
  old: stateSchema.nullish(),
  new: stateSchema.nullish(),
});
const eventSchema = z.object({
  resourcePreEvent: z.object({ metadata: metadataSchema }).optional(),
  resOutputsEvent: z.object({ metadata: metadataSchema }).optional(),
  resOpFailedEvent: z.object({ metadata: metadataSchema }).optional(),
  summaryEvent: z.object({ isPreview: z.boolean().optional() }).optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
});

/** One event, as far as tests look at it. */
export type EngineEvent = z.input<typeof eventSchema>;

/** What the engine plans or does with one resource. */
export interface Step {
  /** `same`, `create`, `update`, `replace`, `delete`, `refresh`, … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** The resource's name, the last part of its URN. */
  readonly name: string;
  /** Keys that make it a replacement. */
  readonly replaceKeys: readonly string[];
  readonly oldInputs: Readonly<Record<string, unknown>>;
  readonly newInputs: Readonly<Record<string, unknown>>;
  readonly oldOutputs: Readonly<Record<string, unknown>>;
  /** After the step; empty in a preview of a resource that changes. */
  readonly newOutputs: Readonly<Record<string, unknown>>;
  /** Whether the provider refused or failed. */
  readonly failed: boolean;
}

/** A message of the run: `error`, `warning`, `info` or `info#err`. */
export interface Diagnostic {
  readonly severity: string;
  readonly message: string;
  readonly urn?: string;
}

/** What the engine planned or did. */
export interface Events {
  readonly steps: Step[];
  readonly diagnostics: Diagnostic[];
  /** Whether it was a preview that came to its end. */
  readonly isPreview: boolean;
}

/**
 * Reads the event streams, each begun by a prelude: an update with its preview gives two, one after the other, and one
 * whose preview fails, or which is not let begin, only that of the preview. Lines that are no events are left to the
 * caller, who has the whole text.
 */
export function readStreams(stdout: string): Events[] {
  const streams: string[][] = [];
  let begun = false;
  for (const line of stdout.split("\n")) {
    if (!line.startsWith("{")) continue;
    const begins = line.includes('"preludeEvent":{');
    // Plugins that the state asks for are loaded, and spoken of, before the first prelude.
    if (streams.length === 0 || (begins && begun)) streams.push([]);
    begun ||= begins;
    streams.at(-1)?.push(line);
  }
  return streams.map((lines) => readStream(lines.map((line) => eventSchema.parse(JSON.parse(line)))));
}

/** The last of the streams, which is what a command did in the end. */
export function readEvents(stdout: string): Events {
  return readStreams(stdout).at(-1) ?? { steps: [], diagnostics: [], isPreview: false };
}

/** What one stream tells. @param events what stands in its lines */
export function readStream(events: readonly EngineEvent[]): Events {
  const steps = new Map<string, Step>();
  const diagnostics: Diagnostic[] = [];
  let isPreview = false;
  for (const event of events) {
    if (event.summaryEvent?.isPreview === true) isPreview = true;
    const said = event.diagnosticEvent;
    if (said !== undefined && said.severity !== "debug" && said.ephemeral !== true) {
      holdWidth(said.message, { each: 4, first: 13 });
      diagnostics.push({
        severity: said.severity,
        message: unwrapped(said.message),
        ...(said.urn && { urn: said.urn }),
      });
    }
    for (const [kind, entry] of Object.entries(event)) {
      if (entry === undefined || !("metadata" in entry)) continue;
      const { metadata } = entry;
      // A replacement has several steps of one URN; the outcome of a step comes under the op it was announced with.
      const key = `${metadata.urn} ${metadata.op}`;
      steps.set(key, stepOf(metadata, kind === "resOpFailedEvent"));
    }
  }
  return { steps: [...steps.values()], diagnostics, isPreview };
}

function stepOf(metadata: z.input<typeof metadataSchema>, failed: boolean): Step {
  const { op, urn, type, keys } = metadata;
  return {
    op,
    urn,
    type,
    name: urn.split("::").at(-1) ?? urn,
    replaceKeys: keys ?? [],
    oldInputs: metadata.old?.inputs ?? {},
    newInputs: metadata.new?.inputs ?? {},
    oldOutputs: metadata.old?.outputs ?? {},
    newOutputs: metadata.new?.outputs ?? {},
    failed,
  };
}
