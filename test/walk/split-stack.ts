import { DrivenStack, type Run, type Running, type State } from "../engine/stack.js";

/**
 * The stacks of a split plan, run as docs/scale.md has them run: the domain's first, then those of the waves, of which none is begun
 * after one that was refused; destroyed the other way round.
 */
export class SplitStack extends DrivenStack {
  readonly #all: readonly NamedStack[];
  /** The names of those that the plan has by now. */
  readonly #wanted: () => ReadonlySet<string>;

  constructor(all: readonly NamedStack[], wanted: () => ReadonlySet<string>) {
    super();
    this.#all = all;
    this.#wanted = wanted;
  }

  /** Those that are run: a stack that the plan does not name is none of it. */
  get running(): readonly DrivenStack[] {
    const wanted = this.#wanted();
    return this.#all.filter(({ name }, at) => at === 0 || wanted.has(name)).map(({ stack }) => stack);
  }

  get folder(): string {
    return this.#first.folder;
  }
  get leaks(): string[] {
    return this.#stacks.flatMap(({ leaks }) => leaks);
  }

  async plan(plan: unknown): Promise<void> {
    for (const stack of this.#stacks) await stack.plan(plan);
  }
  setEnvironment(change: Readonly<Record<string, string | undefined>>): void {
    for (const stack of this.#stacks) stack.setEnvironment(change);
  }
  async loseState(): Promise<void> {
    for (const stack of this.#stacks) await stack.loseState();
  }
  async shiftClock(days: number): Promise<void> {
    for (const stack of this.#stacks) await stack.shiftClock(days);
  }
  async cancel(): Promise<void> {
    for (const stack of this.#stacks) await stack.cancel();
  }
  async endOrphans(): Promise<void> {
    for (const stack of this.#stacks) await stack.endOrphans();
  }
  async dispose(): Promise<void> {
    for (const stack of this.#stacks) await stack.dispose();
  }
  override write(file: string, contents: string | Uint8Array): Promise<void> {
    return this.#first.write(file, contents);
  }
  async stateText(): Promise<string> {
    return (await Promise.all(this.#stacks.map((stack) => stack.stateText()))).join("\n");
  }
  override async exportState(): Promise<State> {
    const states = await Promise.all(this.#stacks.map((stack) => stack.exportState()));
    return {
      resources: states.flatMap(({ resources }) => resources),
      pending_operations: states.flatMap(({ pending_operations }) => pending_operations),
    };
  }

  run(...args: string[]): Promise<Run> {
    return this.#inTurn(args, (stack) => stack.run(...args));
  }

  /** `pulumi up --yes` in the domain's stack, and when that went well in all others at once. @param together in that one as well */
  async upAtOnce(together: boolean): Promise<Run> {
    const first = together ? [] : [await this.#first.up()];
    if (first.some(({ code }) => code !== 0)) return joined(first);
    const others = together ? this.running : this.running.filter((stack) => stack !== this.#first);
    return joined([...first, ...(await Promise.all(others.map((stack) => stack.up())))]);
  }

  /** A signal meets the stack whose turn it is, and is the end of all. */
  start(...args: string[]): Running {
    let current: Running | undefined;
    const ended = this.#inTurn(args, (stack) => {
      current = stack.start(...args);
      return current.ended;
    });
    return { ended, kill: (signal) => current?.kill(signal) };
  }

  async #inTurn(args: readonly string[], run: (stack: DrivenStack) => Promise<Run>): Promise<Run> {
    const runs: Run[] = [];
    for (const stack of this.#turns(args)) {
      runs.push(await run(stack));
      // A run that was killed has no code.
      if (runs.at(-1)?.code !== 0) break;
    }
    return joined(runs);
  }

  #turns(args: readonly string[]): readonly DrivenStack[] {
    const [, target] = /^urn:pulumi:([^:]+)::/.exec(args[args.indexOf("--target") + 1] ?? "") ?? [];
    if (target !== undefined)
      return this.#all.filter(({ name }) => name === target).map(({ stack }) => stack);
    return args[0] === "destroy" ? [...this.#stacks].reverse() : this.running;
  }

  get #stacks(): readonly DrivenStack[] {
    return this.#all.map(({ stack }) => stack);
  }

  get #first(): DrivenStack {
    const [first] = this.#stacks;
    if (first === undefined) throw new Error("a split plan has a stack of its domain");
    return first;
  }
}

/** A stack of several. */
export interface NamedStack {
  readonly name: string;
  readonly stack: DrivenStack;
}

function joined(runs: readonly Run[]): Run {
  const texts = (of: (run: Run) => string) => runs.map(of).filter(Boolean).join("\n");
  const bad = runs.find(({ code }) => code !== 0);
  return {
    code: bad === undefined ? 0 : bad.code,
    stdout: texts(({ stdout }) => stdout),
    stderr: texts(({ stderr }) => stderr),
    milliseconds: runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    steps: runs.flatMap(({ steps }) => steps),
    changes: runs.flatMap(({ changes }) => changes),
    previewed: runs.flatMap(({ previewed }) => previewed),
    diagnostics: runs.flatMap(({ diagnostics }) => diagnostics),
    errors: texts(({ errors }) => errors),
  };
}
