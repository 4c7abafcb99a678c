import { createHash } from "node:crypto";
import { z } from "zod";
import { type Plan, stages } from "../index.js";
import type { MailboxSet } from "../mailbox-set.js";
import { mxSwitch } from "../mx-switch.js";
import { wavesOf } from "./stack-role.js";

/** Name of the stack output by which the stacks of a split plan know of each other. */
export const handoverOutput = "handover";

/** What the domain stack tells the wave stacks, once all that it declares is done. */
export const domainHandover = z.object({
  /** The stage it has reached. */
  stage: z.enum(stages),
  /** The plan it was applied with. */
  revision: z.string(),
  /** What it knows of each wave stack's part, mailboxes included: no mailbox is in two of them. */
  shares: z.record(z.string(), z.string()),
  /** Name of the migration endpoint, from `connect` on. */
  endpoint: z.string().optional(),
  /** Where and since when mail is routed to the tenant, once every authoritative server was seen to say so. */
  routing: mxSwitch.optional(),
});
export type DomainHandover = z.output<typeof domainHandover>;

/** What a wave stack tells the domain stack, once all that it declares is done. */
export const wavesHandover = z.object({
  /** The stage it was applied at. */
  stage: z.enum(stages),
  /** Its part of the plan as it was applied. */
  share: z.string(),
  /** Since when its batches know that mail is routed to the tenant. */
  routedAt: mxSwitch.shape.routedAt.optional(),
});
export type WavesHandover = z.output<typeof wavesHandover>;

/** Sixteen hexadecimal digits: told apart by machines, read out by people. */
const digest = (...texts: readonly string[]) =>
  createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 16);

/** Tells one text of the plan from another. The schema gives its fields one order and every default. */
export function revisionOf(plan: Plan): string {
  return digest(JSON.stringify(plan));
}

/**
 * Tells whether a wave stack's part of the plan changed: its waves, the addresses in their files, and what all waves are
 * migrated with. The stage is no part of it: the two move one after the other.
 * @param mailboxes those of each wave, by its name
 */
export function shareDigest(plan: Plan, stack: string, mailboxes: ReadonlyMap<string, MailboxSet>): string {
  const { domain, tenant, source, directory, licenses, conversion } = plan;
  const batches = wavesOf(plan, stack);
  return digest(
    JSON.stringify({ domain, tenant, source, directory, licenses, conversion, batches }),
    ...batches.map(({ name }) => mailboxes.get(name)?.lines() ?? ""),
  );
}

/** What the domain stack was applied with, in one: the plan, and what it knows of every wave stack's part. */
export function handoverDigest({ revision, shares }: Pick<DomainHandover, "revision" | "shares">): string {
  return digest(JSON.stringify([revision, ...Object.entries(shares).toSorted()]));
}
