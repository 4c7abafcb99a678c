import type { EngineEvent } from "../engine/events.js";
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

type StepEvent = "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent";

/** Gathers a run's events, one line of JSON each, as `--json` prints them (pkg/engine/events.go, apitype/events.go). */
export class EventLog {
  readonly lines: string[] = [];
  /** What stands in the lines. */
  readonly events: EngineEvent[] = [];
  readonly #changes: Record<string, number> = {};
  #sequence = 0;
  #failed = false;

  constructor(private readonly planning: boolean) {}

  prelude(config: Readonly<Record<string, string>>): void {
    this.#emit({ preludeEvent: { config } });
  }

  begin(step: StepFacts): void {
    if (isInternal(step)) return;
    this.#emitStep("resourcePreEvent", step, step.op, { planning: this.planning });
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
    this.#emitStep("resOutputsEvent", step, outcome, { planning: this.planning });
  }

  fail(step: StepFacts, message: string): void {
    this.error(this.planning ? `Preview failed: ${message}` : message, step.urn);
    if (!this.planning) this.#emitStep("resOpFailedEvent", step, step.op, { status: 0, steps: 0 });
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
    const told = { isPreview: this.planning };
    this.#emit({ summaryEvent: { resourceChanges: this.#changes, ...told } }, { summaryEvent: told });
  }

  get failed(): boolean {
    return this.#failed;
  }

  say({ severity, message, urn, ephemeral }: Said): void {
    const told = {
      ...(urn !== "" && { urn }),
      message: `${message}\n`,
      severity,
      ...(ephemeral && { ephemeral }),
    };
    this.#emit({ diagnosticEvent: { ...told, color: "never" } }, { diagnosticEvent: told });
  }

  #emit(event: object, told?: EngineEvent): void {
    this.#sequence += 1;
    if (told !== undefined) this.events.push(told);
    this.lines.push(JSON.stringify({ sequence: this.#sequence, timestamp: 0, ...event }));
  }

  /** Most of what is told of a resource was told before, in this run or another: its text is made once. */
  #emitStep(kind: StepEvent, step: StepFacts, op: Op, rest: object): void {
    this.#sequence += 1;
    const [before, after] = [step.old && toldOf(step.old), step.new && toldOf(step.new)];
    const { urn, type, keys, logical } = step;
    const metadata = { op, urn, type, old: before?.state, new: after?.state, keys: [...keys] };
    this.events.push({ [kind]: { metadata } });
    const more = { keys, diffs: null, detailedDiff: null, logical, provider: providerOf(step) };
    const text = `${begun({ op, urn, type })},"old":${before?.text ?? "null"},"new":${after?.text ?? "null"},${ended(more)}`;
    this.lines.push(
      `{"sequence":${this.#sequence},"timestamp":0,"${kind}":{"metadata":${text},${ended(rest)}}`,
    );
  }
}

/** The text of an object that goes on, and of one that was begun before. */
const begun = (first: object) => JSON.stringify(first).slice(0, -1);
const ended = (rest: object) => JSON.stringify(rest).slice(1);

const providerOf = (step: StepFacts) => (step.new ?? step.old)?.provider ?? "";

/** The engine's own resources are not told of. */
const isInternal = ({ op, urn }: StepFacts): boolean =>
  op === "remove-pending-replace" || urn.includes("::pulumi:providers:");

/** What is told of a resource: what tests look at, and its text. */
function toldOf(resource: Resource) {
  const { urn, type, id, custom, parent, protect, provider, initErrors } = resource;
  const [inputs, outputs] = [told(resource.inputs), told(resource.outputs)];
  const head = {
    type,
    urn,
    custom,
    ...(resource.delete && { delete: true }),
    id,
    parent,
    ...(protect && { protect }),
    ...(resource.retainOnDelete && { retainOnDelete: true }),
  };
  const tail = { provider, ...(initErrors.length > 0 && { initErrors }) };
  return {
    state: { id, inputs: inputs.hidden, outputs: outputs.hidden },
    text: `${begun(head)},"inputs":${inputs.text},"outputs":${outputs.text},${ended(tail)}`,
  };
}

interface Told {
  readonly hidden: Properties;
  readonly text: string;
}
const hiddenText = "[secret]";
const toldBefore = new WeakMap<Properties, Told>();

/** Properties are never written to once they are in a state, and told of several times a run. */
function told(properties: Properties): Told {
  const before = toldBefore.get(properties);
  if (before !== undefined) return before;
  const hidden = sealSecrets(properties, () => hiddenText);
  const made = { hidden, text: JSON.stringify(hidden) };
  toldBefore.set(properties, made);
  return made;
}

/** Whether both are the same; no, where they hold a secret, of which nothing is told. */
export function isSame(one: Properties, other: Properties): boolean {
  const { text } = told(one);
  return text === told(other).text && !text.includes(hiddenText);
}
