import { connectControl, type Lab } from "../../lab/index.js";
import { planSchema } from "../../src/plan/index.js";
import { joined, SeveralStacks } from "../engine/several-stacks.js";
import type { Run, Running } from "../engine/stack.js";
import type { InProcessStack } from "../in-process/stack.js";
import { publish } from "../user/by-hand-dns.js";

/**
 * The stacks of one migration as one: each command goes to all of them, the domain's first, as they are run where a plan is split
 * (docs/scale.md). Where a person keeps the zone, an update is followed by what it printed for that person, and by another update.
 */
export class Together extends SeveralStacks {
  /** The domain's. */
  readonly first: InProcessStack;
  readonly others: readonly InProcessStack[];
  readonly #lab: Lab;
  readonly #byHand: boolean;

  /** @param byHand whether a person keeps the zone */
  constructor(first: InProcessStack, others: readonly InProcessStack[], lab: Lab, byHand: boolean) {
    super();
    this.first = first;
    this.others = others;
    this.#lab = lab;
    this.#byHand = byHand;
  }

  protected get all(): readonly InProcessStack[] {
    return [this.first, ...this.others];
  }

  /** The lab takes a plan to the host that it plays; where a person keeps the zone, a person does. */
  override plan(plan: unknown): Promise<void> {
    return super.plan(this.#byHand ? byHand(plan) : plan);
  }

  async run(...args: string[]): Promise<Run> {
    const runs = [await this.first.run(...args)];
    for (const stack of this.others) if (wentWell(runs)) runs.push(await stack.run(...args));
    // What is printed first need not be all: a record stands in another's way.
    for (let tries = 0; this.#byHand && args[0] === "up" && wentWell(runs) && tries < 4; tries++) {
      const said = runs.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message)).join("\n");
      if ((await publish(said, connectControl(this.#lab.addresses.control), await this.#lab.state())) === 0)
        break;
      runs.splice(0, runs.length, await this.first.run(...args));
    }
    return joined(runs);
  }

  start(...args: string[]): Running {
    return {
      ended: this.run(...args),
      kill: () => {
        throw new Error("several stacks are not killed at once");
      },
    };
  }
}

function byHand(plan: unknown): unknown {
  const own = planSchema.parse(plan);
  const { zone, nameServers, resolvers } = own.dns;
  return { ...own, dns: { host: "manual", zone, nameServers, resolvers } };
}

const wentWell = (runs: readonly Run[]) => runs.every(({ code }) => code === 0);
