import { joined, SeveralStacks } from "../engine/several-stacks.js";
import type { DrivenStack, Run, Running } from "../engine/stack.js";

/**
 * The stacks of a split plan, run as docs/scale.md has them run: the domain's first, then those of the waves, of which none is begun
 * after one that was refused; destroyed the other way round.
 */
export class SplitStack extends SeveralStacks {
  readonly #named: readonly NamedStack[];
  /** The names of those that the plan has by now. */
  readonly #wanted: () => ReadonlySet<string>;

  constructor(all: readonly NamedStack[], wanted: () => ReadonlySet<string>) {
    super();
    this.#named = all;
    this.#wanted = wanted;
  }

  /** Those that are run: a stack that the plan does not name is none of it. */
  get running(): readonly DrivenStack[] {
    const wanted = this.#wanted();
    return this.#named.filter(({ name }, at) => at === 0 || wanted.has(name)).map(({ stack }) => stack);
  }

  protected get all(): readonly DrivenStack[] {
    return this.#named.map(({ stack }) => stack);
  }
  protected get first(): DrivenStack {
    const [first] = this.all;
    if (first === undefined) throw new Error("a split plan has a stack of its domain");
    return first;
  }

  run(...args: string[]): Promise<Run> {
    return this.#inTurn(args, (stack) => stack.run(...args));
  }

  /** `pulumi up --yes` in the domain's stack, and when that went well in all others at once. @param together in that one as well */
  async upAtOnce(together: boolean): Promise<Run> {
    const first = together ? [] : [await this.first.up()];
    if (first.some(({ code }) => code !== 0)) return joined(first);
    const others = together ? this.running : this.running.filter((stack) => stack !== this.first);
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
      return this.#named.filter(({ name }) => name === target).map(({ stack }) => stack);
    return args[0] === "destroy" ? [...this.all].reverse() : this.running;
  }
}

/** A stack of several. */
export interface NamedStack {
  readonly name: string;
  readonly stack: DrivenStack;
}
