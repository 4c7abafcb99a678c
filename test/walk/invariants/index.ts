import type { Lab } from "../../../lab/index.js";
import type { DrivenStack, Run } from "../../engine/stack.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { holdAlarms } from "./alarms.js";
import { holdMail, holdRefresh, holdStage } from "./as-planned.js";
import { holdAsSaid, type Waves } from "./as-said.js";
import { Back } from "./back.js";
import { holdCopied } from "./copied.js";
import { Drift } from "./drift.js";
import { holdGated } from "./gated.js";
import { holdPlans } from "./licenses.js";
import { holdPolicy } from "./policy.js";
import { holdRefusal } from "./refusals.js";
import { holdRefreshed } from "./remedies.js";
import { holdRequests } from "./requests.js";
import { Secrets } from "./secrets.js";
import { holdState } from "./state.js";
import { excuseTaken } from "./taken-licences.js";
import { holdUnchanged } from "./unchanged.js";
import { hasRefreshed, Witness, type Witnessed } from "./witness.js";

/** What must hold in one walk (issue 16). */
export class Invariants {
  readonly #witness = new Witness();
  readonly #drift = new Drift();
  readonly #back = new Back();
  #secrets: Secrets | undefined;

  /** @param ran is told of each command of the engine */
  constructor(readonly ran: (run: Run) => void = () => {}) {}

  /** To be given to `openMigration`: sees what each command of the engine does. */
  readonly watch = (stack: DrivenStack, lab: Lab): DrivenStack => {
    this.#secrets ??= new Secrets(lab);
    const written = (file: string, contents: string | Uint8Array) => this.#secrets?.addList(file, contents);
    return this.#witness.watch(stack, lab, written, this.ran);
  };

  /** After every step. */
  async hold(migration: Migration, model: Model, after: string): Promise<void> {
    const { lab, last, stacks } = migration;
    const state = await lab.state();
    const seen = this.#witness.take();
    const waves = wavesOf(migration);
    excuseTaken(model, state, seen, waves);
    holdAlarms(state, model);
    this.#holdSeen(migration, seen, waves);
    holdMail(migration, model, state, seen.some(hasRefreshed));
    if (after === "refresh") holdRefresh(migration);
    holdRefreshed(migration, model, after);
    holdGated(migration, model);
    const { plan, shape } = migration;
    const { host } = shape;
    this.#back.hold({
      after,
      plan,
      host,
      model,
      state,
      well: last === undefined ? undefined : last.code === 0,
    });
    this.#drift.note(model);
    if (last !== undefined && last.code !== 0) holdRefusal(last.errors);
    if (last?.code === 0 && /^(refresh|destroy)/.test(after)) this.#drift.settled();
    if (!after.startsWith("up") || last === undefined || last.code !== 0) return;
    for (const stack of stacks) holdPolicy(await stack.exportState());
    holdPlans(migration, model, state);
    holdCopied(migration, state);
    // It changed nothing itself: it was the second one.
    if (last.changes.length === 0 && !this.#drift.isExpected) return;
    const [
      {
        before: { now: since },
      } = { before: state },
    ] = seen.filter(({ command }) => command.startsWith("up ")).slice(-stacks.length);
    const hasCopied = async () =>
      (await lab.state()).mailboxes.some(({ syncedAt }) => syncedAt !== undefined && syncedAt > since);
    for (const stack of stacks) {
      if (last.changes.length > 0) await holdUnchanged(stack, hasCopied);
      await this.#drift.hold(stack);
    }
    this.#holdSeen(migration, this.#witness.take(), waves);
  }

  /** At the end of a walk. */
  async end({ stack }: Migration): Promise<void> {
    await this.#secrets?.holdFiles(stack.folder);
  }

  #holdSeen(migration: Migration, witnessed: readonly Witnessed[], waves: Waves): void {
    for (const seen of witnessed) {
      this.#secrets?.hold(seen);
      holdState(seen.state);
      holdStage(migration, seen.state);
      holdAsSaid(seen, waves, this.#drift);
      holdRequests(seen, migration.plan);
    }
  }
}

const wavesOf = ({ plan, list }: Migration): Waves =>
  new Map(
    plan.waves.map(({ name, csv }) => [name, new Set(list(csv).map((address) => address.toLowerCase()))]),
  );
