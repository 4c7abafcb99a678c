import { z } from "zod";
import type { Problem } from "../../../base/problem.js";
import type { MailSafetyContext } from "../../mail-safety.js";
import type { RecordSetChange } from "../../plan-record-set.js";
import type { PlannedSet } from "../../planned.js";
import { type RecordType, recordTypes } from "../../record-set.js";
import { declaredSchema, type Granularity, removalSchema, type WantedSet } from "./declare.js";
import { type HostedName, setOf } from "./zone.js";

/** What is wanted at a name. `follow`: what stands there, untouched, until another mode takes over; back in `follow`, what stood there before. */
export interface HostedRequest {
  readonly name: string;
  readonly type: RecordType;
  readonly mode: "exact" | "merge" | "follow";
  /** Seconds; absent: the set's own. */
  readonly ttl?: number | undefined;
  readonly values: readonly string[];
}

const formerSchema = z.object({
  type: z.enum(recordTypes),
  ttl: z.number(),
  values: z.array(z.string()),
  automatic: z.boolean().optional(),
  proxied: z.boolean().optional(),
});

/** What is remembered of a name from run to run; all of it is known in preview. */
export const hostedMemorySchema = z.object({
  /** What stood there before us. */
  former: z.array(formerSchema),
  /** Values, and terms of an SPF policy, that are ours. */
  owned: z.array(z.string()),
  /** Values of others that stay. */
  keeps: z.array(z.string()),
  /** The native resources. */
  records: z.array(declaredSchema),
  clear: z.array(removalSchema),
  drop: z.array(removalSchema),
  /** In `follow`: what we had put there, as long as a half-done way back may have left it. */
  placed: z.array(z.string()),
});

/** What is remembered of a name from run to run. */
export type HostedMemory = z.output<typeof hostedMemorySchema>;

/** A planned change at a host. */
export interface HostedPlan {
  readonly memory: HostedMemory;
  readonly change: RecordSetChange | undefined;
  /** The same with what is removed to make room, for a review. */
  readonly planned: readonly PlannedSet[];
  readonly refused: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What is known besides. */
export interface HostedContext
  extends Pick<MailSafetyContext, "zone" | "tenantMx" | "formerMx" | "switched" | "cover"> {
  readonly granularity: Granularity;
  /** What a TTL that the host chooses by itself is for the world, seconds. */
  readonly automaticTtl?: number | undefined;
  /** The request and memory of the run before. */
  readonly previous: { readonly request: HostedRequest; readonly memory: HostedMemory } | undefined;
}

/** What stands at a name, as it is remembered. */
export const plainSets = (live: HostedName, name: string): HostedMemory["former"] =>
  setsOf(live, name).map(rememberedSet);

/** A set as memory has it. */
export const rememberedSet = ({ type, ttl, values, automatic, proxied }: WantedSet) => ({
  type,
  ttl,
  values: [...values],
  ...(automatic ? { automatic } : {}),
  ...(proxied ? { proxied } : {}),
});

/** What a plan before this one took out, and what is to go. */
export const removalsOf = (memory: HostedMemory | undefined) => ({
  clear: memory?.clear ?? [],
  drop: memory?.drop ?? [],
});

/** The sets that stand at a name, with what only the host knows of them. */
export const setsOf = (live: HostedName, name: string): WantedSet[] =>
  recordTypes.flatMap((type) => {
    const set = setOf(live, name, type);
    const own = live.records.filter((record) => record.type === type);
    if (set === undefined) return [];
    return [
      {
        ...set,
        ...(own.some((record) => record.automatic) ? { automatic: true } : {}),
        ...(own.some((record) => record.proxied) ? { proxied: true } : {}),
      },
    ];
  });
