import type { StageName } from "../../plan/index.js";
import type { Violation } from "./violations.js";

/**
 * What one `pulumi up` would do to a migration, as data: sorted, counted, in the terms of DNS and mail. Markdown, HTML and
 * JSON are renderings of this and add nothing.
 */
export interface Review {
  /** Version of this form. */
  readonly format: 1;
  readonly stack: string | null;
  readonly domain: string | null;
  /** `plan`: what the program would change; `drift`: what was changed in the services behind its back. */
  readonly mode: ReviewMode;
  readonly verdict: Verdict;
  /** One sentence on top. */
  readonly summary: string;
  /** Null where the preview did not get as far as the stage. */
  readonly stage: StageChange | null;
  /** Whatever is deleted, replaced or would break mail: shown first. */
  readonly dangers: readonly string[];
  /** Rules of the policy packs that it breaks, mandatory ones first. */
  readonly violations: readonly Violation[];
  /** Why the preview was refused. */
  readonly errors: readonly Refusal[];
  readonly zones: readonly ZoneChange[];
  readonly waves: readonly WaveChange[];
  readonly licenses: readonly LicenseChange[];
  readonly gates: readonly GatePassage[];
  readonly waivers: readonly WaiverChange[];
  /** Everything else that changes. */
  readonly others: readonly OtherChange[];
  /** What the resources warned of. */
  readonly warnings: readonly string[];
  /** What the resources said about their change, in detail. */
  readonly details: readonly string[];
  /** The hash an approval is bound to, where the review was bound. */
  readonly binding: string | null;
}

/** What a review is about. */
export type ReviewMode = "plan" | "drift";

/** The outcome, which is also the exit code: see `exitCodeOf`. */
export type Verdict = "no-change" | "changes" | "gate-open" | "error";

/** The stage before and after; the same where it stays. */
export interface StageChange {
  readonly from: StageName | null;
  readonly to: StageName;
  /** What it means for mail. */
  readonly meaning: string;
  /** How to undo it. */
  readonly undo: string;
}

/** Why something was refused. */
export interface Refusal {
  /** The gate's stage, or null where it was not a gate that refused. */
  readonly gate: string | null;
  readonly text: string;
  /** When it passes by itself, as the message says it: `2026-11-23 04:10 UTC`; null where somebody has to do something. */
  readonly retryAfter: string | null;
  /** Whether another stack has to be applied first: nothing is wrong with this change. */
  readonly otherStack: boolean;
}

/** The changes in one zone. */
export interface ZoneChange {
  readonly zone: string;
  readonly records: readonly RecordChange[];
}

/**
 * How a record set changes; `ttl`: nothing but its TTL; `adopt`: it is taken over as it is; `add`: a value joins a set
 * that is read only at the update, since the value is not known before.
 */
export type RecordVerb = "create" | "add" | "modify" | "ttl" | "delete" | "adopt";

/** A record set on one side of a change. */
export interface RecordSide {
  /** Seconds; null where it is not known before the update. */
  readonly ttl: number | null;
  /** Sorted; null stands for a value that is not known before the update. */
  readonly values: readonly (string | null)[];
}

/** One record set that changes. */
export interface RecordChange {
  readonly verb: RecordVerb;
  readonly name: string;
  readonly type: string;
  readonly before: RecordSide | null;
  readonly after: RecordSide | null;
  /** The wildcard that has answered `before` so far, nothing being at the name itself; null where that is not so. */
  readonly wildcard: string | null;
  /** Values on both sides. */
  readonly kept: readonly string[];
  /** Whether a person makes the change at the host: mailstage only says what to set, and waits for it. */
  readonly byHand: boolean;
  /** What it means, in words. */
  readonly meaning: string;
  /** When it is seen by others. */
  readonly effect: string | null;
}

/** What happens to one wave. */
export interface WaveChange {
  readonly wave: string;
  readonly verb: "create" | "modify" | "delete" | "replace" | "continue";
  readonly phase: { readonly from: string | null; readonly to: string | null };
  readonly mailboxes: { readonly before: number; readonly after: number };
  /** Migration batches by size, where there are several. */
  readonly batches: readonly { readonly name: string; readonly mailboxes: number }[];
  /** Addresses, sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Addresses that change their batch, with both. */
  readonly moved: readonly { readonly address: string; readonly from: string; readonly to: string }[];
  /** Mailboxes that become mail users on premises as soon as they are synced; null where that does not change. */
  readonly converts: number | null;
  /** Sentences. */
  readonly meaning: readonly string[];
}

/** Licences of one wave. */
export interface LicenseChange {
  readonly wave: string;
  readonly verb: "create" | "modify" | "delete" | "continue";
  /** skuPartNumber, or the group. */
  readonly license: string;
  readonly mailboxes: number;
  /** Users who have it by now. */
  readonly licensed: number;
  /** Seats free before the update; null where they could not be counted. */
  readonly seatsLeft: number | null;
  readonly meaning: string;
}

/** A gate that was asked and found in order. */
export interface GatePassage {
  readonly stage: string;
  readonly passedAt: string | null;
  readonly facts: readonly string[];
  readonly waived: readonly string[];
}

/** A waiver of the plan. */
export interface WaiverChange {
  readonly gate: string;
  readonly reason: string;
  readonly status: "new" | "standing" | "withdrawn";
}

/** Any other resource that changes. */
export interface OtherChange {
  readonly verb: "create" | "modify" | "delete" | "replace" | "continue";
  /** `migration endpoint mailstage`. */
  readonly subject: string;
  /** `exchangeServer: a → b`. */
  readonly changes: readonly string[];
  /** What it means, in words; null where the values say it. */
  readonly meaning: string | null;
}

/** Exit codes for pipelines (issue of the review): 0 no change, 2 changes, 3 a gate has open conditions, 1 an error. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 | 3 {
  switch (verdict) {
    case "no-change":
      return 0;
    case "changes":
      return 2;
    case "gate-open":
      return 3;
    case "error":
      return 1;
  }
}
