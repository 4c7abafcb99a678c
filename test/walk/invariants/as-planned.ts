import type { LabState } from "../../../lab/index.js";
import { isProofMx, parseMx } from "../../../src/dns/index.js";
import { atLeast, stages } from "../../../src/plan/index.js";
import type { State } from "../../engine/stack.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { Violated } from "./violated.js";

/** Where mail went after the last step. */
interface Mail {
  readonly hosts: string;
  /** Whether the migration has since been where it may turn it. */
  readonly mayTurn: boolean;
  /** Whether a hand has turned it away, and no update and no refresh has looked since. */
  readonly awayUnseen: boolean;
  /** When an update last went well. */
  readonly wellAt: number;
  /** Whether a hand was the last to turn it, which a review of drift tells and no update mends by itself. */
  readonly byHand: boolean;
  /** Whether a run has refreshed since it was last turned. */
  readonly refreshed: boolean;
  /** Where it went by the MX that an update has left or a refresh has accepted: what an MX that is gone is made anew with. */
  readonly kept: string;
}
const mails = new WeakMap<Model, Mail>();

/** The MX that the tenant names when it names another one than before, as Microsoft has begun to (2024: `…mx.microsoft`). */
export const laterExchange = (domain: string) => `${domain.replaceAll(".", "-")}.o-v1.mx.microsoft`;
export const usualExchange = (domain: string) => `${domain.replaceAll(".", "-")}.mail.protection.outlook.com`;
/** Which of the two it is, of those walks where it was changed. */
const namedExchange = new WeakMap<Model, string>();

/** Notes that the tenant names a host from now on. Until an update follows, mail goes to the one that it names no more. */
export function nameExchange(model: Model, domain: string, named: string): void {
  const before = namedExchange.get(model) ?? usualExchange(domain);
  if (before !== named) model.byHand.add(`mail-lost ${domain} at ${before}`);
  namedExchange.set(model, named);
}

/** The hosts of the MX; of a domain without one, those that a wildcard of the zone above answers with. */
const hostsIn = ({ zone }: Pick<LabState, "zone">, domain: string): string[] => {
  const at = (wanted: string) => zone.find(({ name, type }) => type === "MX" && name === wanted)?.values;
  return (at(domain) ?? at(domain.replace(/^[^.]+/, "*")) ?? [])
    .filter((value) => !isProofMx(value))
    .map((value) => parseMx(value).exchange)
    .sort();
};

/**
 * 2: mail goes where it went until stage `route`, and is turned by nothing but the way into it and back from it. What a person has
 * made of the MX meanwhile is refused, or accepted, and never set back. After an update that went well at `route` or later it goes
 * where the tenant says now.
 * @param refreshed whether one of the step's runs has refreshed the state
 */
export function holdMail(
  migration: Migration,
  model: Model,
  state: Pick<LabState, "zone" | "batches">,
  refreshed: boolean,
): void {
  const { domain, stage } = migration.plan;
  const hosts = hostsIn(state, domain);
  const before = mails.get(model);
  const well = migration.last?.code === 0;
  const mayTurn =
    atLeast(stage, "route") || (before?.mayTurn === true && !well && model.reached !== undefined);
  const turned = before !== undefined && before.hosts !== hosts.join();
  const byHand = turned && migration.last === undefined;
  // A preview may see it, and keeps nothing of what it saw.
  const looked = model.wellAt !== before?.wellAt || (well && refreshed);
  const awayUnseen = byHand ? !before.awayUnseen : before?.awayUnseen === true && !looked;
  // The servers do not tell what they answered while nobody asked: the 72 hours go on for mailstage, and not for the judge.
  if (byHand && before.awayUnseen)
    for (const { name } of state.batches) model.byHand.add(`batch-removed-early ${name}`);
  mails.set(model, {
    hosts: hosts.join(),
    mayTurn,
    awayUnseen,
    wellAt: model.wellAt,
    byHand: turned ? byHand : before?.byHand === true,
    refreshed: (before?.refreshed === true && !byHand) || refreshed,
    kept:
      before === undefined || (hosts.length > 0 && !byHand && (turned || refreshed))
        ? hosts.join()
        : before.kept,
  });
  // What a person is asked to set, they set in their own time; the plan may have come to that host later.
  if ([migration.shape.host, migration.plan.dns.host].includes("manual")) return;
  const named = namedExchange.get(model) ?? usualExchange(domain);
  // What a hand has pointed at the tenant before its time goes back after a refresh (docs/dns.md, "Rollback").
  const early = before?.byHand === true && before.hosts === named;
  // What a hand has taken out is made anew as it was, once a refresh has seen that it is gone, in that run already (docs/dns.md, "Order").
  const madeAnew =
    before?.byHand === true &&
    before.hosts === "" &&
    hosts.join() === before.kept &&
    (refreshed || before.refreshed);
  if (turned && migration.last !== undefined && !mayTurn && before.mayTurn === false && !early && !madeAnew)
    throw new Violated("2 mail goes where it went", `${before.hosts} became ${hosts.join()} at ${stage}`);
  if (before?.byHand === true || byHand) return;
  if (well && model.reached === stage && !model.moved && atLeast(stage, "route") && hosts.join() !== named)
    throw new Violated(
      "2 mail goes where the tenant says",
      `the MX is ${hosts.join()}, and the tenant names ${named}`,
    );
}

/** 5: a refusal is about the world or the plan, and not about what mailstage itself has done or made of its own state. */
export function holdNotOwnDoing(errors: string): void {
  const own =
    /.*(?:The migration endpoint "[^"]*" already exists|A migration batch with the name "[^"]*" already exists|A domain with the name '[^']*' already exists|identical record already exists|Invalid input: expected \w+, received|81044).*/.exec(
      errors,
    )?.[0];
  if (own !== undefined) throw new Violated("5 a refusal is not of its own doing", own);
}

/** 3: a refresh goes by what was applied: whatever becomes of a list meanwhile, it only looks. */
export function holdRefresh({ last }: Migration): void {
  if (last?.code !== 0 && /was changed since the preview/.test(last?.errors ?? ""))
    throw new Violated("3 a refresh only looks", last?.errors ?? "");
}

/** 4: what a stack says of its stage is true: it is at most one further than the stage whose work was done. */
export function holdStage({ plan }: Migration, { resources }: State): void {
  const order: readonly unknown[] = stages;
  const stageOf = (kind: string) => {
    const { inputs } = resources.find(({ type }) => type.endsWith(`:${kind}`)) ?? {};
    return order.indexOf(inputs?.["stage"]);
  };
  if (plan.waive?.some(({ gate }) => gate === "stage-order") === true) return;
  const [asked, reached] = [stageOf("Stage"), stageOf("StageReached")];
  // A destroy that was refused has forgotten what was reached, and nothing else.
  if (reached >= 0 && asked > reached + 1)
    throw new Violated(
      "4 no stage is passed over",
      `state is at ${stages[asked]}, and what was done is ${stages[reached]}`,
    );
}
