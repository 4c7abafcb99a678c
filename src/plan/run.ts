import { atLeast, type GateName, type Plan, type StageName } from "./index.js";

/** A waiver of the plan: the gate that is not asked, and why. */
export type Waiver = Plan["waive"][number];

/** Exchange's ids of a wave's migration batches, by their names. */
export type BatchIds = Readonly<Record<string, string>>;

/** The same of each wave. */
export type MadeBatches = Readonly<Record<string, BatchIds>>;

/** Whose licences they are. */
interface SeatTaker {
  readonly tenant: string;
  readonly domain: string;
  readonly wave: string;
}

/** The users that a wave licenses. */
export interface SeatClaim {
  readonly wave: string;
  /** Whether anybody comes to it by this run: what came before was counted then, and keeps no run from going on. */
  readonly changed: boolean;
  /** All of the wave, whoever has a licence already included; made when they are counted. */
  addresses(): readonly string[];
}

/** What of the plan a run applies is needed by handlers that are not told the plan. */
export interface AppliedPlan {
  readonly waive: readonly Waiver[];
  /** The DNS host, where the program names it; undefined where it is that of stack config. */
  readonly dnsHost?: string | undefined;
  readonly stage?: StageName;
}

/**
 * A run, as the handlers of one domain's migration share it: a program of one's own may migrate two domains, whose plans differ and whose
 * waves may have the same names. `Stage`, which every other resource depends on, says which plan is applied. A deletion is not told the
 * plan: it gets what the last update saved.
 */
export class DomainRun {
  #plan: AppliedPlan | undefined;
  /** Waves that leave the plan in this run, as `Stage` has allowed: their batches were never started. */
  leaving: readonly string[] = [];
  /** Waves whose batches `retire` has deleted, on the way back from there, as `Stage` has found. */
  retired: readonly string[] = [];
  /** By wave, the batches that this stack has made, as its state told when the run began; no entry for a wave of which it told nothing. */
  made: ReadonlyMap<string, BatchIds> = new Map();
  /** Waves that this run previews: a provider is not told otherwise. */
  readonly previewed = new Set<string>();
  /**
   * By wave, who was seen Synced in each of its batches, as state has it (`SeenSynced`): what a preview in which the batches move on goes
   * by, since it does not know their outputs yet. A refresh may have seen more than the wave's other resources were told.
   */
  readonly seenSynced = new Map<string, Readonly<Record<string, string>>>();
  /** Waves whose batches are started in this run where they were stopped: their preview counts who was copied before that. */
  readonly starting = new Set<string>();
  /** By wave, who is in its list (`joinNames`): of those whose users this run licenses. */
  readonly licensed = new Map<string, { readonly wave: string; readonly members?: string | undefined }>();

  apply(plan: AppliedPlan): void {
    this.#plan = plan;
  }

  /** Whether a plan is applied: in `pulumi destroy` none is, and no waiver holds there. */
  get appliesPlan(): boolean {
    return this.#plan !== undefined;
  }

  /** The DNS host that the program's plan names; undefined where it is that of stack config, and in `pulumi destroy`. */
  get dnsHost(): string | undefined {
    return this.#plan?.dnsHost;
  }

  /** Whether batches of a wave are made no more: from `retire` on, and for good where they were deleted there. */
  makesNoBatches(wave: string): boolean {
    const stage = this.#plan?.stage;
    return (stage !== undefined && atLeast(stage, "retire")) || this.retired.includes(wave);
  }

  /** The plan's reason for waiving a gate, or undefined where it is to be asked. */
  waiverOf(gate: GateName): string | undefined {
    return this.#plan?.waive.find((waiver) => waiver.gate === gate)?.reason;
  }
}

/** One run of Pulumi, as its handlers share it; nothing of it is saved. */
export class Run {
  readonly #domains = new Map<string, DomainRun>();
  readonly #seats = new Map<string, Map<string, SeatClaim>>();
  /** Domains whose mail this run itself has turned to the tenant, by `canonicalName`: waiting periods count from now. */
  readonly switched = new Set<string>();

  /** What concerns one domain's migration. */
  of(domain: string): DomainRun {
    const key = domain.toLowerCase();
    const own = this.#domains.get(key) ?? new DomainRun();
    this.#domains.set(key, own);
    return own;
  }

  /**
   * Whether a plan is applied. In `pulumi destroy` none is: what is removed there was not taken back by a pull request, and mail
   * or Autodiscover must not return to servers that may be gone.
   */
  get appliesPlan(): boolean {
    return [...this.#domains.values()].some((own) => own.appliesPlan);
  }

  /** The DNS host that the program's plan names; undefined where it is that of stack config, and in `pulumi destroy`. */
  get dnsHost(): string | undefined {
    return [...this.#domains.values()].find((own) => own.dnsHost !== undefined)?.dnsHost;
  }

  /**
   * Notes whom a wave licenses, so that one count is made of all waves of a tenant.
   * @returns what is noted of the tenant's waves
   */
  claimSeats({ tenant, domain, wave }: SeatTaker, claim: Omit<SeatClaim, "wave">): readonly SeatClaim[] {
    const claims = this.#seats.get(tenant) ?? new Map<string, SeatClaim>();
    this.#seats.set(tenant, claims.set(`${wave} ${domain}`, { ...claim, wave }));
    return [...claims.values()];
  }

  /** Notes of a wave whose update is under way that the others take their seats now: what is free then is told by the tenant. */
  leaveSeatsTo(taker: SeatTaker, waiting: readonly string[]): void {
    const { tenant, domain, wave } = taker;
    const changed = this.#seats.get(tenant)?.get(`${wave} ${domain}`)?.changed ?? false;
    this.claimSeats(taker, { changed, addresses: () => waiting });
  }
}

let current: Run | undefined;

/** The run of this process: Pulumi starts one for each. Handlers get it as `cx.run`. */
export function currentRun(): Run {
  current ??= new Run();
  return current;
}
