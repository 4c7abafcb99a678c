import { createHash } from "node:crypto";
import type { State } from "../engine/stack.js";
import { type Properties, sealSecrets } from "./values.js";

/** What the state holds of one resource. Like the engine's, it is told from others by identity: two of one URN may stand beside each other. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  id: string;
  inputs: Properties;
  outputs: Properties;
  readonly parent: string;
  /** Reference of its provider: URN and id. */
  readonly provider: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Read by the program, not managed. */
  readonly external: boolean;
  /** Replaced, and still to be deleted. */
  delete: boolean;
  /** Deleted, and its replacement still to be made. */
  pendingReplacement: boolean;
  initErrors: string[];
  readonly aliases: string[];
  readonly importID: string;
  readonly deletedWith: string;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
}

/** An operation that a killed run has left open. */
export interface PendingOperation {
  readonly resource: Resource;
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
}

/** A stack's state. */
export interface Snapshot {
  readonly resources: readonly Resource[];
  readonly operations: readonly PendingOperation[];
}

export const emptySnapshot: Snapshot = { resources: [], operations: [] };

/** The type in a URN, without those of its parents. */
export const typeOf = (urn: string): string => urn.split("::").at(2)?.split("$").at(-1) ?? "";
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
export const rootType = "pulumi:pulumi:Stack";
export const isProviderType = (type: string): boolean => type.startsWith("pulumi:providers:");

/** `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>` */
export function urnOf(stack: string, project: string, parent: string, type: string, name: string): string {
  const parents = parent === "" ? "" : (parent.split("::")[2] ?? "");
  const qualified = parents === "" || parents === rootType ? type : `${parents}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Everything a resource depends on, its parent included. */
export const dependenciesOf = (resource: Resource): Set<string> =>
  new Set(
    [
      ...resource.dependencies,
      ...Object.values(resource.propertyDependencies).flat(),
      resource.parent,
      resource.deletedWith,
      resource.provider.split("::").slice(0, 4).join("::"),
    ].filter((urn) => urn !== ""),
  );

/** A copy with nothing shared that is ever written to: properties are made anew, and never changed. */
export const copyOf = (resource: Resource): Resource => ({ ...resource });

/** One resource as a state file has it; secrets are sealed, or what else is done with them. */
export function fileForm(resource: Resource, secrets = sealed): Properties {
  const { inputs, outputs, ...rest } = resource;
  const kept = Object.entries(rest).filter(
    ([, value]) =>
      value !== "" &&
      value !== false &&
      !(typeof value === "object" && value !== null && Object.keys(value).length === 0),
  );
  return {
    ...Object.fromEntries(kept),
    inputs: secrets(inputs),
    outputs: secrets(outputs),
  };
}

const seals = new WeakMap<Properties, Properties>();

/** Sealed once: most properties stand in many states. */
function sealed(properties: Properties): Properties {
  const made = seals.get(properties) ?? sealSecrets(properties, seal);
  seals.set(properties, made);
  return made;
}

/** Text that tells whether a secret is the same and nothing of it. */
function seal(text: string): string {
  return `v1:${createHash("sha256").update(text).digest("base64")}`;
}

const states = new WeakMap<Snapshot, State>();

/** What stands in the state file, with what states have in common shared. */
export function stateOf(snapshot: Snapshot): State {
  const made = states.get(snapshot) ?? {
    resources: snapshot.resources.map(({ urn, type, id, inputs, outputs, initErrors }) => ({
      urn,
      type,
      id,
      inputs: sealed(inputs),
      outputs: sealed(outputs),
      initErrors: [...initErrors],
    })),
    pending_operations: snapshot.operations.map(({ type, resource }) => ({
      type,
      resource: { urn: resource.urn, type: resource.type, inputs: sealed(resource.inputs) },
    })),
  };
  states.set(snapshot, made);
  return made;
}

const files = new WeakMap<Snapshot, { readonly stack: string; readonly text: string }>();

/** The state file of a snapshot, which is asked for several times after each command. */
export function stateFile(snapshot: Snapshot, stack: string): string {
  const kept = files.get(snapshot);
  if (kept?.stack === stack) return kept.text;
  const text = writtenState(snapshot, stack);
  files.set(snapshot, { stack, text });
  return text;
}

function writtenState(snapshot: Snapshot, stack: string): string {
  return JSON.stringify(
    {
      version: 3,
      checkpoint: {
        stack,
        latest: {
          resources: snapshot.resources.map((resource) => fileForm(resource)),
          ...(snapshot.operations.length > 0 && {
            pending_operations: snapshot.operations.map(({ type, resource }) => ({
              type,
              resource: fileForm(resource),
            })),
          }),
        },
      },
    },
    undefined,
    4,
  );
}
