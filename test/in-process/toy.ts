import { Deployment, type DeploymentOptions, type Moment } from "./deployment.js";
import { EventLog } from "./events.js";
import { type Goal, unmanaged } from "./goal.js";
import { InitError, type Provider } from "./provider.js";
import { emptySnapshot, type Resource, type Snapshot } from "./resource.js";
import { SnapshotManager } from "./snapshot.js";
import type { Properties } from "./values.js";

/** What a toy resource is declared with. */
export type ToyGoal = Pick<Goal, "name"> & Partial<Goal>;

const rest: Omit<Goal, "name" | "type"> = { ...unmanaged, parent: "", inputs: {}, dependencies: [] };

/** The URN of a toy by its name. */
export const toy = (name: string): string => `urn:pulumi:s::p::toy:index:Toy::${name}`;

/** One toy run: declares, one after the other or until one is not answered, and finishes. */
export class Toys {
  /** What the provider was asked, as `create a`. */
  readonly calls: string[] = [];
  snapshot: Snapshot = emptySnapshot;
  log = new EventLog(false);
  /** What is not ready once it is made. */
  readonly unready = new Set<string>();
  readonly #made = new Map<string, Properties>();

  /** @param goals in the order in which a program declares them */
  async run(
    goals: readonly ToyGoal[],
    options: { dryRun?: boolean; killAt?: (moment: Moment) => boolean; targets?: string[] } = {},
  ) {
    const { dryRun = false, killAt, targets } = options;
    this.calls.length = 0;
    this.log = new EventLog(dryRun);
    const { log, snapshot: base } = this;
    const snapshots = new SnapshotManager(base, (saved) => {
      if (!dryRun) this.snapshot = saved;
    });
    const provider = this.#provider();
    let killed: () => void = () => {};
    const dead = new Promise<void>((fulfil) => {
      killed = fulfil;
    });
    const plugins: DeploymentOptions["plugins"] = {
      of: () => provider,
      referenceOf: () => "",
      resources: new Map(),
    };
    const deployment = new Deployment({
      planning: { stack: "s", project: "p", dryRun, log, targets: targets && new Set(targets) },
      base,
      plugins,
      snapshots,
      log,
      invoke: async () => ({}),
      killAt: (moment) => {
        const here = killAt?.(moment) ?? false;
        if (here) killed();
        return here;
      },
    });
    const answered = (async () => {
      for (const goal of goals) await deployment.register({ ...rest, type: "toy:index:Toy", ...goal });
    })();
    await Promise.race([answered, deployment.failed, dead]);
    if (!log.failed && !killAt) await deployment.finish();
    else if (log.failed) await deployment.abandon();
    return { succeeded: !log.failed, calls: [...this.calls] };
  }

  /** Names of what the state holds, in its order, with what is to be said of them. */
  get state(): string[] {
    const mark = ({ urn, delete: condemned, pendingReplacement, initErrors }: Resource) =>
      [
        urn.split("::").at(-1),
        condemned && "to be deleted",
        pendingReplacement && "to be replaced",
        initErrors.length > 0 && "not ready",
      ]
        .filter(Boolean)
        .join(" ");
    return this.snapshot.resources.map(mark);
  }

  #provider(): Provider {
    const name = (urn: string) => urn.split("::").at(-1) ?? "";
    const told = (what: string, urn: string) => void this.calls.push(`${what} ${name(urn)}`);
    const finished = (urn: string, inputs: Properties) => {
      this.#made.set(name(urn), inputs);
      if (this.unready.has(name(urn))) throw new InitError(name(urn), { ...inputs }, ["is not ready"]);
    };
    return {
      check: async (_urn, _olds, news) => {
        const refused = news["refused"];
        return { inputs: news, failures: refused ? [{ property: "", reason: String(refused) }] : [] };
      },
      diff: async (_urn, _id, { inputs }, news) => {
        const keys = Object.keys({ ...inputs, ...news }).filter(
          (key) => JSON.stringify(inputs[key]) !== JSON.stringify(news[key]),
        );
        return {
          changes: keys.length > 0,
          replaces: keys.filter((key) => key.startsWith("fixed")),
          deleteBeforeReplace: false,
        };
      },
      create: async (urn, inputs, preview) => {
        if (preview) return { id: "", outputs: { ...inputs } };
        told("create", urn);
        finished(urn, inputs);
        return { id: name(urn), outputs: { ...inputs } };
      },
      update: async (urn, _id, _olds, news, preview) => {
        if (!preview) {
          told("update", urn);
          finished(urn, news);
        }
        return { ...news };
      },
      read: async (urn, id) => {
        told("read", urn);
        return { id, inputs: { size: 1 }, outputs: { size: 1 } };
      },
      delete: async (urn) => told("delete", urn),
      cancel() {},
      end() {},
    };
  }
}
