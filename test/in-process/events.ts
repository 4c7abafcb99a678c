import type { Resource } from "./resource.js";
import type { Said } from "./sdk-runtime.js";
import { type Properties, sealSecrets } from "./values.js";

/** What can be done to a resource, in the engine's words. */
export type Op =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-discard"
  | "import"
  | "refresh"
  | "remove-pending-replace";

/** What is told of a step. */
export interface StepFacts {
  readonly op: Op;
  readonly urn: string;
  readonly type: string;
  readonly old: Resource | undefined;
  readonly new: Resource | undefined;
  /** Inputs that make it a replacement. */
  readonly keys: readonly string[];
  /** Whether it is what a person would call the step, not a part of one. */
  readonly logical: boolean;
}

/** Gathers a run's events, one line of JSON each, as `--json` prints them (pkg/engine/events.go, apitype/events.go). */
export class EventLog {
  readonly lines: string[] = [];
  readonly #changes: Record<string, number> = {};
  #sequence = 0;
  #failed = false;

  constructor(private readonly planning: boolean) {}

  prelude(config: Readonly<Record<string, string>>): void {
    this.#emit({ preludeEvent: { config } });
  }

  begin(step: StepFacts): void {
    if (isInternal(step)) return;
    this.#emit({ resourcePreEvent: { metadata: metadataOf(step, step.op), planning: this.planning } });
  }

  /** @param outcome for a refresh what it found */
  end(step: StepFacts, outcome: Op = step.op): void {
    if (isInternal(step)) return;
    const counted = step.op === "refresh" || step.logical;
    if (counted && outcome !== "read") this.#changes[outcome] = (this.#changes[outcome] ?? 0) + 1;
    const { custom } = step.new ?? step.old ?? { custom: false };
    if (this.planning || custom || outcome === "delete" || step.op === "refresh") this.outputs(step, outcome);
  }

  /** Outputs that came after the resource. */
  outputs(step: StepFacts, outcome: Op = step.op): void {
    if (isInternal(step)) return;
    this.#emit({ resOutputsEvent: { metadata: metadataOf(step, outcome), planning: this.planning } });
  }

  fail(step: StepFacts, message: string): void {
    this.error(this.planning ? `Preview failed: ${message}` : message, step.urn);
    if (!this.planning)
      this.#emit({ resOpFailedEvent: { metadata: metadataOf(step, step.op), status: 0, steps: 0 } });
  }

  error(message: string, urn = ""): void {
    this.#failed = true;
    this.say({ severity: "error", message, urn, ephemeral: false });
  }

  warning(message: string, urn = ""): void {
    this.say({ severity: "warning", message, urn, ephemeral: false });
  }

  /** What program and plugins say. An error that a plugin tells of and does not throw fails nothing: an update goes on past it. */
  said(said: Said): void {
    if (said.severity === "debug") return;
    this.say(said);
  }

  summary(): void {
    this.#emit({ summaryEvent: { resourceChanges: this.#changes, isPreview: this.planning } });
  }

  get failed(): boolean {
    return this.#failed;
  }

  say({ severity, message, urn, ephemeral }: Said): void {
    this.#emit({
      diagnosticEvent: {
        ...(urn !== "" && { urn }),
        message: `${message}\n`,
        color: "never",
        severity,
        ...(ephemeral && { ephemeral }),
      },
    });
  }

  #emit(event: object): void {
    this.#sequence += 1;
    this.lines.push(JSON.stringify({ sequence: this.#sequence, timestamp: 0, ...event }));
  }
}

/** The engine's own resources are not told of. */
const isInternal = ({ op, urn }: StepFacts): boolean =>
  op === "remove-pending-replace" || urn.includes("::pulumi:providers:");

const metadataOf = (step: StepFacts, op: Op) => ({
  op,
  urn: step.urn,
  type: step.type,
  old: stateOf(step.old),
  new: stateOf(step.new),
  keys: step.keys,
  diffs: null,
  detailedDiff: null,
  logical: step.logical,
  provider: (step.new ?? step.old)?.provider ?? "",
});

function stateOf(resource: Resource | undefined): Properties | null {
  if (resource === undefined) return null;
  const { urn, type, id, custom, parent, protect, provider, inputs, outputs, initErrors } = resource;
  return {
    type,
    urn,
    custom,
    ...(resource.delete && { delete: true }),
    id,
    parent,
    ...(protect && { protect }),
    ...(resource.retainOnDelete && { retainOnDelete: true }),
    inputs: told(inputs),
    outputs: told(outputs),
    provider,
    ...(initErrors.length > 0 && { initErrors }),
  };
}

const hiddenOf = new WeakMap<Properties, Properties>();

/** Properties are never written to once they are in a state, and told of several times a run. */
function told(properties: Properties): Properties {
  const hidden = hiddenOf.get(properties) ?? sealSecrets(properties, () => "[secret]");
  hiddenOf.set(properties, hidden);
  return hidden;
}
