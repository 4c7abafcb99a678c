import { isDeepStrictEqual } from "node:util";
import type { LabState } from "../../../lab/index.js";
import { type PlanInput, type StageName, stages } from "../../../src/plan/index.js";
import type { Model } from "../command.js";
import type { Shape } from "../shape.js";
import { keyOf, type Side, setsOf } from "./happened.js";
import { Violated } from "./violated.js";

type Zone = Map<string, Side>;

/** What is looked at after a step. */
export interface Step {
  readonly after: string;
  readonly plan: PlanInput;
  /** Where the zone is, which a plan before the lab's addresses does not say. */
  readonly host: Shape["host"];
  readonly model: Pick<Model, "moves" | "reached" | "found">;
  readonly state: Pick<LabState, "zone">;
  /** Whether the engine ran last, and how that went; undefined where it did not run. */
  readonly well: boolean | undefined;
}

/** After these nothing is known of what stood there. */
const anew = /^(destroyed and begun anew|the state lost|a wildcard by hand)$/;
/** After these the tenant names other records, which are published where they are ours (docs/stages.md, "Route", "Complete"). */
const namedAnew = /^the tenant names /;

/**
 * 6: after going back to a stage the zone is what it was when the work of that stage was last done, but for what was changed by
 * hand since; and destroy leaves nothing of ours but what docs/dns.md says. Where a person keeps the zone, that is up to them.
 */
export class Back {
  readonly #zones = new Map<StageName, { readonly zone: Zone; readonly hands: Set<string> }>();
  /** The zone before anything was done. */
  #first: Zone | undefined;
  /** Sets that a hand has ever changed. */
  readonly #hands = new Set<string>();
  /** The furthest stage that was tried since the work of each was done. */
  #tried = 0;
  #said = "";

  hold(step: Step): void {
    const { after, plan, host, model, state, well } = step;
    const zone = setsOf(state);
    this.#first ??= new Map(zone);
    for (const { what, name } of model.moves) if (what === "record") this.#touched(name);
    const said = JSON.stringify([plan.spf, plan.mx, plan.verification, plan.cloudNamespace, plan.dns]);
    if (anew.test(after) || said !== this.#said) this.#zones.clear();
    this.#said = said;
    // What the tenant names is read when it is used: going back does not set an older name or preference.
    if (namedAnew.test(after))
      for (const { hands } of this.#zones.values()) {
        hands.add(keyOf({ type: "MX", name: plan.domain }));
        hands.add(keyOf({ type: "CNAME", name: `autodiscover.${plan.cloudNamespace ?? plan.domain}` }));
      }
    if ([host, plan.dns.host].includes("manual") || well === undefined) return;
    if (after === "destroy") {
      if (well) this.#holdDestroyed(zone, plan.domain, host, model.found);
      this.#zones.clear();
      return;
    }
    const asked = stages.indexOf(plan.stage);
    this.#tried = Math.max(this.#tried, asked);
    if (!well || model.reached !== plan.stage) return;
    const before = this.#zones.get(plan.stage);
    if (this.#tried > asked && before !== undefined) this.#holdBack(before, zone, plan.stage);
    this.#tried = asked;
    this.#zones.set(plan.stage, { zone, hands: new Set() });
  }

  #holdBack({ zone: before, hands }: { zone: Zone; hands: Set<string> }, zone: Zone, stage: StageName): void {
    const wrong = [...new Set([...before.keys(), ...zone.keys()])].filter(
      (key) =>
        !hands.has(key) &&
        !isDeepStrictEqual(before.get(key), zone.get(key)) &&
        !(before.get(key) === undefined && isAnswered(zone, key)),
    );
    if (wrong.length > 0)
      throw new Violated(
        "6 going back leaves what was there",
        wrong
          .map(
            (key) =>
              `at ${stage} ${key} was ${JSON.stringify(before.get(key))}, and is ${JSON.stringify(zone.get(key))}`,
          )
          .join("; "),
      );
  }

  #touched(name: string): void {
    const [type = "", at = ""] = name.split(" ");
    const key = keyOf({ type, name: at });
    for (const hands of [this.#hands, ...[...this.#zones.values()].map((one) => one.hands)]) hands.add(key);
    if (at.startsWith("*")) this.#zones.clear();
  }

  /** Mail, senders and Outlook go on by what stands there; our proof goes, but at Azure, and so does the lowered TTL before the switch. */
  #holdDestroyed(zone: Zone, domain: string, host: Shape["host"], found: ReadonlySet<string>): void {
    const apex = keyOf({ type: "TXT", name: domain });
    const proof = zone.get(apex)?.values.find((value) => value.startsWith("MS=") && !found.has(value));
    if (proof !== undefined && host !== "azure" && !this.#hands.has(apex))
      throw new Violated("6 destroy leaves what was there", `${proof} is still among the texts of ${domain}`);
    const kept = new RegExp(` (?:autodiscover\\..*|${domain.replaceAll(".", "\\.")})$`);
    const strange = [...zone.keys()].filter(
      (key) =>
        !kept.test(key) &&
        !this.#hands.has(key) &&
        !isDeepStrictEqual(this.#first?.get(key), zone.get(key)) &&
        !(this.#first?.get(key) === undefined && isAnswered(zone, key)),
    );
    if (strange.length > 0 && ![...this.#hands].some((key) => key.includes(" *")))
      throw new Violated("6 destroy leaves what was there", `${strange.join(", ")} is not as before`);
  }
}

/** Whether a set is what a wildcard of the zone answers at its name: written beside the first record there, it stays (docs/dns.md). */
function isAnswered(zone: Zone, key: string): boolean {
  const [type = "", name = ""] = key.split(" ");
  const labels = name.replace(/^\*\./, "").split(".");
  return labels.some((_, at) =>
    isDeepStrictEqual(zone.get(`${type} *.${labels.slice(at + 1).join(".")}`), zone.get(key)),
  );
}
