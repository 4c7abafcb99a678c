import { kindOf } from "../src/reports/shared/preview.js";
import type { ResourceKind } from "../src/state/index.js";

/** A resource as the engine shows it to a policy: its inputs before an update, its outputs in a stack that is checked. */
export interface Declared {
  readonly urn: string;
  /** Type token. */
  readonly type: string;
  /** Our kind of resource, `MigrationBatch`; undefined for other providers' resources. */
  readonly kind: ResourceKind | undefined;
  readonly name: string;
  /** Plain properties. What is not known before the update is left out, so that no rule stumbles over it. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Whether any property is not known before the update. */
  readonly unknown: boolean;
}

/** What the SDK hands to a policy, as far as rules look at it. */
interface Handed {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
}

/** The engine's sentinels for values that are not known before the update (@pulumi/policy 1.21, proxy.js). */
const unknowns = new Set<unknown>([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * The properties of an object without its traps: reading an unknown value through the SDK's proxy throws, and turns a
 * mandatory rule into a remark in the preview that fails in the middle of the update.
 */
export function plainEntries(value: object): [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .filter(([, { enumerable }]) => enumerable === true)
    .map(([key, descriptor]): [string, unknown] => [key, descriptor.value]);
}

/** Whether a value, or anything in it, is not known before the update. */
function hasUnknown(value: unknown): boolean {
  if (unknowns.has(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return plainEntries(value).some(([, part]) => hasUnknown(part));
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return plainEntries(value).map(([, part]) => plain(part));
  return Object.fromEntries(plainEntries(value).map(([key, part]) => [key, plain(part)]));
}

/** Makes a resource plain. A property of which any part is unknown is left out as a whole. */
export function plainResource({ urn, type, name, props }: Handed): Declared {
  const entries = plainEntries(props);
  const settled = entries.filter(([, value]) => !hasUnknown(value));
  return {
    urn,
    type,
    kind: kindOf(type),
    name,
    props: Object.fromEntries(settled.map(([key, value]) => [key, plain(value)])),
    unknown: settled.length < entries.length,
  };
}
