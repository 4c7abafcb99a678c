import { z } from "zod";
import { contracts, type InputsOf, type OutputsOf, type ResourceKind } from "./index.js";

type ForgottenOf<K extends ResourceKind> = (typeof contracts)[K]["forgotten"][number];
type StoredOf<K extends ResourceKind> = Omit<InputsOf<K>, ForgottenOf<K>> & OutputsOf<K>;

/**
 * What a reader finds of a resource. Each property may be missing: a preview leaves out what is not known yet, and state of another
 * version may lack it. What the contract does not have, or is never kept, cannot be asked for.
 */
export type ReadResource<K extends ResourceKind> = {
  readonly [P in keyof StoredOf<K>]-?: StoredOf<K>[P] | undefined;
};

/** Names of what a kind leaves in state. */
export function storedNames(kind: ResourceKind): string[] {
  const { inputs, outputs, forgotten } = contracts[kind];
  const left = new Set<string>(forgotten);
  return [...Object.keys(inputs.shape), ...Object.keys(outputs.shape)].filter((name) => !left.has(name));
}

/** Whether a name is that of one of our kinds. */
export function isResourceKind(name: string): name is ResourceKind {
  return Object.hasOwn(contracts, name);
}

const readers = new Map<ResourceKind, z.ZodObject>();

/** The contract's schema, in which nothing is required and what cannot be read is missing. */
function readerOf(kind: ResourceKind): z.ZodObject {
  const kept = readers.get(kind);
  if (kept !== undefined) return kept;
  const { inputs, outputs } = contracts[kind];
  const shape: Readonly<Record<string, z.core.$ZodType>> = { ...inputs.shape, ...outputs.shape };
  const made = z.object(
    Object.fromEntries(
      storedNames(kind).map((name) => [name, z.optional(shape[name] ?? z.never()).catch(undefined)]),
    ),
  );
  readers.set(kind, made);
  return made;
}

/** Reads a resource's properties by the contract of its kind: inputs, outputs, or both in one. */
export function readResource<K extends ResourceKind>(
  kind: K,
  properties: Readonly<Record<string, unknown>> | undefined,
): ReadResource<K>;
export function readResource(
  kind: ResourceKind,
  properties: Readonly<Record<string, unknown>> | undefined,
): object {
  return readerOf(kind).parse(properties ?? {}, { jitless: true });
}
