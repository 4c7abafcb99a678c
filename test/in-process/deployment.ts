import type { EventLog, Op } from "./events.js";
import { Bail, type Planning, StepGenerator } from "./generator.js";
import type { Goal, ReadGoal } from "./goal.js";
import type { Registrations } from "./monitor.js";
import type { Plugins } from "./plugins.js";
import { InitError } from "./provider.js";
import { layersOf, rebuilt, refreshStep } from "./refresh.js";
import { isProviderType, type Resource, rootType, type Snapshot } from "./resource.js";
import type { SnapshotManager } from "./snapshot.js";
import { markSecrets, ProtectedError, type Step } from "./steps.js";
import type { Properties } from "./values.js";

/** A moment at which a run can be killed. */
export interface Moment {
  readonly when: "before" | "after";
  readonly op: Op;
  readonly urn: string;
}

/** How a run is done. */
export interface DeploymentOptions {
  readonly planning: Omit<Planning, "olds" | "providerOf" | "referenceOf">;
  readonly base: Snapshot;
  readonly plugins: Pick<Plugins, "of" | "referenceOf" | "resources">;
  readonly snapshots: SnapshotManager;
  readonly log: EventLog;
  /** Functions of the engine that a program may call. */
  invoke(token: string, args: Properties): Promise<Properties>;
  /** Whether the run is killed here. */
  readonly killAt?: ((moment: Moment) => boolean) | undefined;
}

/** How many steps are done at once: four for each of the two processors that the real one was seen on. */
const parallel = 8;

/** Whoever waits is never answered. One for each: a promise of all would keep every run that ever waited for it. */
const never = () => new Promise<never>(() => {});

/**
 * Carries out what the program declares (pkg/resource/deploy/deployment_executor.go): one registration after the other is
 * decided on, in the order of arrival; what was decided is done side by side. The first failure ends the run: what is under
 * way comes to its end, nothing else is begun, and nobody is answered any more.
 */
export class Deployment implements Registrations {
  #generator: StepGenerator;
  readonly #planning: Planning;
  readonly #registered = new Map<string, Step>();
  #base: readonly Resource[];
  #deciding: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #stackOutputs: { step: Step; outputs: Properties } | undefined;
  #ended = false;
  #dead = false;
  #fail: () => void = () => {};
  /** Settled when the first step has failed. */
  readonly failed = new Promise<void>((fulfil) => {
    this.#fail = fulfil;
  });

  constructor(private readonly options: DeploymentOptions) {
    const { base, planning, plugins } = options;
    this.#base = base.resources;
    this.#planning = {
      ...planning,
      olds: new Map(),
      providerOf: (resource) => plugins.of(resource),
      referenceOf: (type, version) => this.#withProvider(plugins.referenceOf(type, version)),
    };
    this.#learn(base.resources);
    this.#generator = new StepGenerator(this.#planning, this.#base);
  }

  #learn(resources: readonly Resource[]): void {
    const { olds } = this.#planning;
    olds.clear();
    for (const resource of resources) if (!resource.delete) olds.set(resource.urn, resource);
  }

  /** A default provider stands in the state before the first resource of it. */
  #withProvider(reference: string): string {
    const urn = reference.split("::").slice(0, 4).join("::");
    if (urn === "" || this.#generator.seen.has(urn)) return reference;
    this.#generator.seen.add(urn);
    const old = this.#planning.olds.get(urn);
    this.options.snapshots.end(undefined, old, this.options.plugins.resources.get(urn));
    return reference;
  }

  register(goal: Goal): Promise<Resource> {
    return this.#answered((done) => this.#generator.declare(goal, done));
  }

  read(goal: ReadGoal): Promise<Resource> {
    return this.#answered((done) => this.#generator.read(goal, done));
  }

  async outputs(urn: string, outputs: Properties): Promise<void> {
    if (this.#ended) return never();
    const step = this.#registered.get(urn);
    if (step?.new === undefined)
      throw new Error(`cannot complete a resource '${urn}' whose registration isn't pending`);
    // Whether they are all of the stack's outputs is known at the end.
    if (step.type === rootType) this.#stackOutputs = { step, outputs };
    else this.#setOutputs(step, outputs);
  }

  invoke(token: string, args: Properties): Promise<Properties> {
    return this.#ended ? never() : this.options.invoke(token, args);
  }

  #setOutputs(step: Step, outputs: Properties): void {
    if (step.new !== undefined) step.new.outputs = outputs;
    this.options.log.outputs(step);
    this.options.snapshots.write();
  }

  #answered(decide: (done: (state: Resource) => void) => Promise<Step[]>): Promise<Resource> {
    return new Promise((answer) => {
      const decided = this.#deciding.then(async () => {
        if (this.#ended) return;
        await this.#chain(() => decide(answer));
      });
      this.#deciding = decided;
    });
  }

  /** Decides, and has it done while the next is decided on. */
  async #chain(decide: () => Promise<Step[]>): Promise<void> {
    try {
      const steps = await decide();
      if (this.#ended || steps.length === 0) return;
      const run = this.#whenFree(() => this.#execute(steps)).finally(() => this.#running.delete(run));
      this.#running.add(run);
    } catch (error) {
      this.#stop(error);
    }
  }

  async #whenFree(work: () => Promise<void>): Promise<void> {
    if (this.#running.size >= parallel) await new Promise<void>((free) => this.#waiting.push(free));
    try {
      await work();
    } finally {
      this.#waiting.shift()?.();
    }
  }

  #stop(error: unknown, urn = ""): void {
    if (!(error instanceof Bail) && error !== undefined)
      this.options.log.error(error instanceof Error ? error.message : String(error), urn);
    this.#ended = true;
    this.#fail();
  }

  /** One after the other; none after one that failed. */
  async #execute(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.#ended) return;
      if (!(await this.#step(step))) return this.#stop(undefined);
      const { follow } = step;
      if (follow !== undefined) {
        this.#deciding = this.#deciding.then(() => this.#chain(follow));
        await this.#deciding;
      }
    }
  }

  /** @returns whether it was done */
  async #step(step: Step, outcome?: () => Op): Promise<boolean> {
    const { log, snapshots } = this.options;
    log.begin(step);
    if (step.pending !== undefined) snapshots.begin(step.pending);
    if (this.#killed("before", step)) return never();
    try {
      await step.apply();
      if (this.#killed("after", step)) return never();
      if (step.new !== undefined && step.op !== "replace") markSecrets(step.new);
      if (step.logical && step.new !== undefined) this.#registered.set(step.urn, step);
      const { gone, made } = step.settled();
      log.end(step, outcome?.());
      snapshots.end(step.pending, gone, made);
      if (step.new !== undefined) step.done?.(step.new);
      return true;
    } catch (error) {
      if (this.#killed("after", step)) return never();
      log.fail(step, error instanceof Error ? error.message : String(error));
      const { gone, made } = error instanceof InitError ? step.settled() : {};
      if (made !== undefined) markSecrets(made);
      snapshots.end(step.pending, gone, made);
      return error instanceof ProtectedError;
    }
  }

  #killed(when: Moment["when"], { op, urn }: Step): boolean {
    if (!this.#planning.dryRun && this.options.killAt?.({ when, op, urn }) === true) this.kill();
    return this.#dead;
  }

  /** Ctrl-C: nothing more is begun. */
  cancel(): void {
    this.#stop(undefined);
  }

  /** The engine is gone: what is under way at a service goes on, and nobody learns of it. */
  kill(): void {
    this.#dead = true;
    this.#ended = true;
  }

  /** The program has ended: what it does not declare any more is deleted, last what others depend on. */
  async finish(): Promise<void> {
    await this.#settle();
    if (!this.#ended) {
      for (const layer of layersOf(this.#generator.deletions())) {
        if (this.#ended) break;
        const results = await Promise.all(layer.map((step) => this.#step(step)));
        if (results.includes(false)) this.#stop(undefined);
      }
    }
    this.#completeStack();
  }

  /** Waits until what is under way has come to its end. */
  async #settle(): Promise<void> {
    let deciding: unknown;
    while (deciding !== this.#deciding || this.#running.size > 0) {
      deciding = this.#deciding;
      await deciding;
      await Promise.all(this.#running);
    }
  }

  /** After a failure: what is under way comes to its end, and the outputs that were not set stay. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await this.#settle();
    this.#completeStack();
  }

  #completeStack(): void {
    if (this.#stackOutputs === undefined) return;
    const { step, outputs } = this.#stackOutputs;
    const before = this.#ended ? (this.#planning.olds.get(step.urn)?.outputs ?? {}) : {};
    this.#setOutputs(step, { ...before, ...outputs });
  }

  /** Looks at everything that is there, and begins with what was found (`refresh`). @returns whether all could be asked */
  async refresh(): Promise<boolean> {
    const { planning, plugins, snapshots } = this.options;
    const found = new Map<Resource, Resource | undefined>();
    const looked = this.#base.map(async (old) => {
      if (isProviderType(old.type) || planning.targets?.has(old.urn) === false) return true;
      const { step, outcome } = refreshStep(old, () => plugins.of(old));
      const done = await this.#step(step, outcome);
      if (done) found.set(old, step.new);
      return done;
    });
    const answers = await Promise.all(looked);
    this.#base = rebuilt(this.#base, found);
    this.#learn(this.#base);
    // What is deleted afterwards is what was found, which is what the state has now.
    this.#generator = new StepGenerator(this.#planning, this.#base);
    snapshots.rebase(this.#base);
    return !answers.includes(false);
  }
}
