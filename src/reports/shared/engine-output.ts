import { z } from "zod";
import { MailstageError } from "../../base/problem.js";
import { isSecretProperty } from "../../base/secret-names.js";
import { unwrapped } from "../../base/wrapped.js";
import { nameOf, typeOf } from "../../state/urn.js";
import { kindOf, type Message, type Preview, type Properties, type Step } from "./preview.js";

/**
 * What `pulumi preview --json` says (tried on Pulumi 3.259.0): the steps with the state before and after, and the
 * messages. Dynamic resources have no detailed diff there, so that inputs are compared here.
 */
/** Not a record of zod's, which copies them key by key: a preview is mostly properties, and nobody writes to them. */
const properties = z.custom<Properties>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const stateSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().default(""),
  inputs: properties.nullish(),
  outputs: properties.nullish(),
});
const documentSchema = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        oldState: stateSchema.nullish(),
        newState: stateSchema.nullish(),
        replaceReasons: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
  diagnostics: z
    .array(z.object({ urn: z.string().optional(), message: z.string(), severity: z.string() }))
    .nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
  config: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});

const stepEvent = z.object({
  metadata: z.object({
    op: z.string(),
    urn: z.string(),
    type: z.string(),
    keys: z.array(z.string()).nullish(),
    old: stateSchema.nullish(),
    new: stateSchema.nullish(),
  }),
});
const eventSchema = z.object({
  resourcePreEvent: stepEvent.optional(),
  resOutputsEvent: stepEvent.optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
});

/**
 * Reads `pulumi preview --json`, as one document or as a stream of events.
 * @throws MailstageError `preview-unreadable`
 */
export function readPreview(text: string): Preview {
  const start = text.indexOf("{");
  const body = start < 0 ? "" : text.slice(start);
  if (/^\{\s*"sequence"/.test(body)) return readEvents(body);
  const parsed = documentSchema.safeParse(parseJson(body));
  if (!parsed.success) throw unreadable(parsed.error.issues[0]?.message ?? "it is something else");
  const { steps, diagnostics, changeSummary, config } = parsed.data;
  // Every field may be left out of it, and a preview that plans nothing still counts what stays.
  if ((steps ?? []).length === 0 && (diagnostics ?? []).length === 0 && !changeSummary)
    throw unreadable("it has neither steps, messages nor a summary");
  const refreshOnly = (steps ?? []).every(({ op }) => op === "refresh");
  if (refreshOnly && Object.entries(changeSummary ?? {}).some(([op, number]) => op !== "same" && number > 0))
    throw new MailstageError({
      code: "refresh-unreadable",
      subject: "preview",
      reason: "is a refresh that found changes, and this form of it does not say which",
      hint: "Let mailstage review --drift run it, or set PULUMI_ENABLE_STREAMING_JSON_PREVIEW=1",
    });
  return previewOf(
    (steps ?? []).map((step) =>
      stepOf({
        ...step,
        type: step.newState?.type ?? step.oldState?.type ?? typeOf(step.urn),
        old: step.oldState,
        new: step.newState,
        keys: step.replaceReasons,
      }),
    ),
    diagnostics ?? [],
    secretsInClear(config ?? {}),
  );
}

/**
 * The same preview, whose command ended with an error. Where the program is not found or its process dies, the engine counts that as
 * no error of the preview: what was printed then is the reason.
 */
export function failedPreview(preview: Preview): Preview {
  const { messages } = preview;
  if (messages.some(({ severity }) => severity === "error")) return preview;
  const printed = messages.filter(({ severity, resource }) => severity === "info" && resource === undefined);
  const text =
    printed.map((message) => message.text).join(" ") ||
    "The preview failed and said nothing of why: run pulumi preview";
  const error: Message = { severity: "error", text, kind: undefined, resource: undefined };
  return { ...preview, messages: [...messages.filter((message) => !printed.includes(message)), error] };
}

/** The engine prints what is a secret as `[secret]`. */
function secretsInClear(config: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(config)
    .filter((key) => isSecretProperty(key) && config[key] !== "[secret]" && config[key] !== "")
    .sort();
}

function readEvents(text: string): Preview {
  const steps = new Map<string, Step>();
  const diagnostics: { urn?: string | undefined; message: string; severity: string }[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const event = eventSchema.safeParse(parseJson(line));
    if (!event.success) throw unreadable("a line of it is no event");
    const { resourcePreEvent, resOutputsEvent, diagnosticEvent } = event.data;
    if (resourcePreEvent !== undefined) {
      const step = stepOf(resourcePreEvent.metadata);
      steps.set(`${step.urn} ${step.op}`, step);
    }
    // What a refresh found is told when it is done, as an update, a deletion or nothing.
    if (resOutputsEvent !== undefined && steps.has(`${resOutputsEvent.metadata.urn} refresh`)) {
      const { urn } = resOutputsEvent.metadata;
      steps.set(`${urn} refresh`, stepOf({ ...resOutputsEvent.metadata, op: "refresh" }));
    }
    if (diagnosticEvent !== undefined && diagnosticEvent.ephemeral !== true)
      diagnostics.push(diagnosticEvent);
  }
  return previewOf([...steps.values()], diagnostics, []);
}

type RawState = z.output<typeof stateSchema> | null | undefined;

function stepOf(raw: {
  op: string;
  urn: string;
  type: string;
  old?: RawState;
  new?: RawState;
  keys?: string[] | null | undefined;
}): Step {
  return {
    op: raw.op,
    urn: raw.urn,
    type: raw.type,
    name: nameOf(raw.urn),
    kind: kindOf(raw.type),
    id: raw.old?.id ?? raw.new?.id ?? "",
    before: clean(raw.old?.inputs),
    after: clean(raw.new?.inputs),
    outputsBefore: clean(raw.old?.outputs) ?? {},
    outputsAfter: clean(raw.new?.outputs) ?? {},
    replaceReasons: raw.keys ?? [],
  };
}

const engineOwned = new Set(["__provider", "resourceUrn"]);

function clean(state: Properties | null | undefined): Properties | undefined {
  if (state === null || state === undefined) return undefined;
  return Object.fromEntries(Object.entries(state).filter(([key]) => !engineOwned.has(key)));
}

function previewOf(
  steps: Step[],
  diagnostics: readonly { urn?: string | undefined; message: string; severity: string }[],
  secretsInClear: readonly string[],
): Preview {
  const messages = diagnostics.flatMap(({ urn, message, severity }): Message[] => {
    if (severity === "debug") return [];
    const text = unwrapped(message)
      .replace(/^(?:error|warning|info|note): /, "")
      .replace(/^\S+ resource '[^']*' has a problem: /, "")
      .trim();
    if (text === "") return [];
    return [
      {
        severity: severity === "error" || severity === "warning" ? severity : "info",
        text,
        kind: urn === undefined ? undefined : kindOf(typeOf(urn)),
        resource: urn === undefined || typeOf(urn).startsWith("pulumi:") ? undefined : nameOf(urn),
      },
    ];
  });
  const stack = steps[0]?.urn.split(":")[2];
  return { stack, steps: steps.filter(({ type }) => !type.startsWith("pulumi:")), messages, secretsInClear };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(reason: string): MailstageError {
  return new MailstageError({
    code: "preview-unreadable",
    subject: "preview",
    reason: `is not what pulumi preview --json prints: ${reason}`,
    hint: "Make it with: pulumi preview --json > preview.json",
  });
}
