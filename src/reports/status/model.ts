import type { StageName } from "../../plan/index.js";

/** Where a migration stands, as data: terminal, HTML and JSON are renderings of it. */
export interface Status {
  /** Version of this form. */
  readonly format: 1;
  readonly stack: string;
  readonly domain: string | null;
  /** Time of what is told, ISO 8601: of the last update, or of the service's clock where it was asked. */
  readonly asOf: string;
  /** Whether the services were asked, or only the state of the last update. */
  readonly live: boolean;
  /** One sentence on top. */
  readonly summary: string;
  readonly stage: StageName | null;
  readonly timeline: readonly TimelineStage[];
  readonly totals: Totals;
  readonly waves: readonly WaveStatusLine[];
  readonly mail: MailStatus;
  /** What runs out by itself, the next one first. */
  readonly clocks: readonly Clock[];
  readonly failures: readonly FailureGroup[];
  readonly waivers: readonly { readonly gate: string; readonly reason: string }[];
  /** Waves of a split plan that other stacks migrate; their own status tells of them. */
  readonly elsewhere: readonly string[];
  /** In a wave stack of a split plan, the stack that moves the domain and goes first; null in any other. */
  readonly domainStack: string | null;
  /** What to do now, the most urgent first. */
  readonly next: readonly string[];
  /** What could not be asked, with --live. */
  readonly notAsked: readonly string[];
}

/** One stage of the way. */
export interface TimelineStage {
  readonly stage: StageName;
  readonly state: "done" | "current" | "ahead";
  /** When its gate was passed, ISO 8601. */
  readonly since: string | null;
  readonly meaning: string;
}

/** All waves together. */
export interface Totals {
  readonly mailboxes: number;
  readonly synced: number;
  readonly failed: number;
  readonly converted: number;
  readonly licensed: number;
}

/** One wave. */
export interface WaveStatusLine extends Totals {
  readonly wave: string;
  /** The plan's phase: created, started, converted. */
  readonly phase: string | null;
  /** The batches' status, or `Removed` and the like; `Declared` before the first update. */
  readonly status: string;
  /** Addresses from whom somebody has taken a licence of ours: by the last refresh, or asked with --live. */
  readonly lostLicenses: readonly string[];
  /** When the copy is expected to be done, ISO 8601; only with --live. */
  readonly expectedEnd: string | null;
  /** Last synchronization, ISO 8601; only with --live. */
  readonly lastSynced: string | null;
}

/** Where mail goes. */
export interface MailStatus {
  readonly goesTo: "on premises" | "Microsoft 365" | "both" | "elsewhere" | "unknown";
  readonly mx: { readonly ttl: number; readonly values: readonly string[] } | null;
  readonly former: { readonly ttl: number; readonly values: readonly string[] } | null;
  readonly tenant: readonly string[];
  /** When the switch was seen on every authoritative server, ISO 8601. */
  readonly routedAt: string | null;
  /** As the world sees it now; only with --live. */
  readonly seen: readonly {
    readonly server: string;
    readonly role: "authoritative" | "resolver";
    readonly values: readonly string[];
    readonly ttl: number | null;
    readonly error: string | null;
  }[];
}

/** A period that has to pass. */
export interface Clock {
  readonly name: string;
  readonly meaning: string;
  /** The stage that can be entered when it is over; null where it guards none. */
  readonly guards: StageName | null;
  readonly from: string;
  readonly until: string;
  readonly over: boolean;
  /** Seconds left; 0 when it is over. */
  readonly left: number;
  /** Something is lost when it runs out, rather than allowed. */
  readonly deadline: boolean;
}

/** Failures of one cause. */
export interface FailureGroup {
  readonly cause: string;
  readonly remedy: string;
  readonly count: number;
  /** Waves it happened in. */
  readonly waves: readonly string[];
  /** The first addresses or names. */
  readonly examples: readonly string[];
  /** Words of the service, of one of them. */
  readonly words: string;
}
