import { z } from "zod";
import { type Behaviour, type BehaviourChange, behaviourSchema, defaultBehaviour } from "./behaviour.js";
import { TenantLimits } from "./limits.js";

/**
 * What can go wrong with a request. `…-after` kinds do the work first and then fail; `hang` never answers (a kill
 * point: `{ kind: "hang", skip: k }` stops the world at request k); `stale` keeps answering reads as they were;
 * `redirect` leads to the service's other listener, `redirect-foreign` to a host that must never see a token.
 */
export const faultKinds = [
  "429-json",
  "429-text",
  "500",
  "503",
  "504",
  "503-after",
  "504-after",
  "reset",
  "reset-after",
  "truncated",
  "slow",
  "stale",
  "401-claims",
  "403-empty",
  "html",
  "redirect",
  "redirect-foreign",
  "hang",
  "hang-after",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What a fault can be of: Microsoft's three services, the directory, DNS, and the APIs of DNS hosts. */
export const faultServices = [
  "authority",
  "graph",
  "exchange",
  "directory",
  "dns",
  "cloudflare",
  "azure",
] as const;
export type FaultService = (typeof faultServices)[number];

/** One switchable fault. */
export const faultRuleSchema = z.strictObject({
  kind: z
    .union([z.enum(faultKinds), z.array(z.enum(faultKinds)).min(1)])
    .describe("One kind, or several of which one is drawn"),
  service: z
    .enum([...faultServices, "any"])
    .optional()
    .describe("Absent: authority, graph and exchange; `any`: all, but of DNS its updates only"),
  route: z
    .string()
    .optional()
    .describe(
      "Cmdlet or Graph route as the request counts name it, LDAP operation, or `QUERY MX` and `UPDATE` of DNS; `*` matches anything; absent: every request",
    ),
  skip: z.int().nonnegative().default(0).describe("How many matching requests pass before it begins"),
  count: z.int().positive().optional().describe("How many requests it hits; absent: no end"),
  probability: z.number().min(0).max(1).default(1),
  retryAfter: z.number().nonnegative().optional().describe("Seconds in Retry-After; absent: no such header"),
  seconds: z.number().nonnegative().default(1).describe("How long `slow` takes or `stale` lasts"),
});
export type FaultRule = z.input<typeof faultRuleSchema>;
type ActiveRule = z.output<typeof faultRuleSchema> & { seen: number; hits: number; last?: string };

/** The switchboard of a lab's faults. */
export interface LabFaults {
  /** Adds a fault. Throws a ZodError for an unknown kind or field. */
  set(rule: FaultRule): void;
  clear(): void;
  /** Seeds the random draws, so that a storm can be repeated. */
  seed(seed: number): void;
  /** Changes how the service behaves. */
  behave(change: BehaviourChange): void;
  readonly behaviour: Behaviour;
  /** What the limits of the tenant have turned away so far, and how many requests Exchange has worked on at once. */
  readonly limits: Pick<TenantLimits, "refused" | "busiest">;
  /** The rules with how many requests they concern so far, how many were hit, and the last of these: `graph POST /domains`. */
  list(): readonly (FaultRule & { readonly seen: number; readonly hits: number; readonly last?: string })[];
}

/** A fault drawn for one request. */
export interface DrawnFault {
  readonly kind: FaultKind;
  readonly retryAfter: number | undefined;
  readonly seconds: number;
}

/** Holds the rules, draws from them and keeps the random sequence. */
export class FaultBoard implements LabFaults {
  #rules: ActiveRule[] = [];
  #random = 1;
  behaviour: Behaviour = defaultBehaviour;
  readonly limits = new TenantLimits(() => this.behaviour);
  /** Resolved and renewed whenever the faults are cleared: what a hanging request waits for. */
  #released = Promise.withResolvers<void>();

  set(rule: FaultRule): void {
    this.#rules.push({ ...faultRuleSchema.parse(rule), seen: 0, hits: 0 });
  }

  clear(): void {
    this.#rules = [];
    this.#released.resolve();
    this.#released = Promise.withResolvers<void>();
  }

  seed(seed: number): void {
    this.#random = seed >>> 0;
  }

  behave(change: BehaviourChange): void {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    this.behaviour = behaviourSchema.parse({ ...this.behaviour, ...Object.fromEntries(given) });
  }

  list(): ReturnType<LabFaults["list"]> {
    return this.#rules.map((rule) => ({ ...rule }));
  }

  /** Settles when the faults are cleared. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** How long reads of this route may lag at the moment in seconds, and whether this one does. */
  staleness(service: FaultService, route: string): { readonly seconds: number; readonly drawn: boolean } {
    const rules = this.#rules.filter((rule) => rule.kind === "stale" && matches(rule, service, route));
    const drawn = rules.filter(({ probability }) => probability === 1 || this.#next() < probability);
    return { seconds: Math.max(0, ...rules.map((rule) => rule.seconds)), drawn: drawn.length > 0 };
  }

  /** Draws the fault for a request, or undefined: the first matching rule decides. */
  draw(service: FaultService, route: string): DrawnFault | undefined {
    return this.#draw(service, route, (rule) => rule.kind !== "stale");
  }

  /** Draws the fault for a part of a Graph `$batch`: only rules that name a route hit parts, and only with answers. */
  drawPart(route: string): DrawnFault | undefined {
    return this.#draw(
      "graph",
      route,
      (rule) => rule.route !== undefined && kindsOf(rule).every((kind) => /^(429-json|50)/.test(kind)),
    );
  }

  #draw(
    service: FaultService,
    route: string,
    eligible: (rule: ActiveRule) => boolean,
  ): DrawnFault | undefined {
    for (const rule of this.#rules) {
      if (!eligible(rule) || !matches(rule, service, route)) continue;
      rule.seen += 1;
      if (rule.seen <= rule.skip || (rule.count !== undefined && rule.hits >= rule.count)) continue;
      if (rule.probability < 1 && this.#next() >= rule.probability) continue;
      const kinds = kindsOf(rule);
      const kind = kinds[Math.floor(this.#next() * kinds.length)];
      if (kind === undefined || kind === "stale") continue;
      rule.hits += 1;
      rule.last = `${service} ${route}`;
      return { kind, retryAfter: rule.retryAfter, seconds: rule.seconds };
    }
    return undefined;
  }

  /** mulberry32: small, seeded, good enough to choose faults. */
  #next(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let t = this.#random;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}

function kindsOf(rule: ActiveRule): readonly FaultKind[] {
  return typeof rule.kind === "string" ? [rule.kind] : rule.kind;
}

function matches(rule: ActiveRule, service: FaultService, route: string): boolean {
  if (!concerns(rule.service, service, route)) return false;
  if (rule.route === undefined) return true;
  const pattern = rule.route.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "i").test(route);
}

function concerns(wanted: ActiveRule["service"], service: FaultService, route: string): boolean {
  if (wanted === undefined) return ["authority", "graph", "exchange"].includes(service);
  // Questions are asked many times over and change nothing.
  if (wanted === "any") return !route.startsWith("QUERY ");
  return wanted === service;
}
