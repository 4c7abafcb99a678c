import type { ResourceKind } from "../../state/index.js";
import { isResourceKind } from "../../state/read-resource.js";

/** A resource's properties, without those that belong to the engine. */
export type Properties = Readonly<Record<string, unknown>>;

/** What the engine plans for one resource. */
export interface Step {
  /** `same`, `create`, `update`, `replace`, `delete`, `import`, `refresh`, … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** The resource's name, the last part of its URN. */
  readonly name: string;
  /** Our kind of resource, `MigrationBatch`; undefined for resources of other providers. */
  readonly kind: ResourceKind | undefined;
  readonly id: string;
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
  readonly outputsBefore: Properties;
  readonly outputsAfter: Properties;
  /** Inputs that make it a replacement. */
  readonly replaceReasons: readonly string[];
}

/** A message of the run, without the engine's words before it. */
export interface Message {
  readonly severity: "error" | "warning" | "info";
  readonly text: string;
  /** Our kind of resource it is about, where it is about one. */
  readonly kind: ResourceKind | undefined;
  readonly resource: string | undefined;
}

/** A preview as the engine reported it. */
export interface Preview {
  /** Name of the stack, from the URNs; undefined where there is no step. */
  readonly stack: string | undefined;
  readonly steps: readonly Step[];
  readonly messages: readonly Message[];
  /** Keys of the stack's configuration that hold secrets and are not marked as such. */
  readonly secretsInClear: readonly string[];
}

/** The sentinel for a value that is not known before the update (sdk/nodejs/runtime/rpc.ts). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or anything in it, is not known before the update. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

const ownType = /^pulumi-nodejs:dynamic\/mailstage:(\w+)$/;

/** Our kind of resource of a type token, `MigrationBatch`; undefined for other providers' types. */
export function kindOf(type: string): ResourceKind | undefined {
  const name = ownType.exec(type)?.[1];
  return name !== undefined && isResourceKind(name) ? name : undefined;
}
