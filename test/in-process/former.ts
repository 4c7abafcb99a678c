import type { Goal, GoalAlias } from "./goal.js";
import { type Resource, urnOf } from "./resource.js";

/** Finds what a resource was before, when it had another name, type or parent. */
export class Former {
  /** The URNs that resources of this run had before, and those that they have now. */
  readonly #now = new Map<string, string>();

  constructor(
    private readonly stack: string,
    private readonly project: string,
    private readonly olds: ReadonlyMap<string, Resource>,
  ) {}

  /** By its URN, and then by those that it may have had. */
  find(urn: string, goal: Goal): Resource | undefined {
    const own = this.olds.get(urn);
    if (own !== undefined) return own;
    const parent = [...this.#now].find(([, now]) => now === goal.parent)?.[0] ?? goal.parent;
    const former = [
      ...goal.aliases.map((alias) => this.#urnOf(alias, goal)),
      // A child of a parent that had another name.
      urnOf(this.stack, this.project, parent, goal.type, goal.name),
    ].find((other) => this.olds.has(other));
    if (former === undefined) return undefined;
    this.#now.set(former, urn);
    return this.olds.get(former);
  }

  /** Whether a resource of this run has taken over from this one. */
  has(urn: string): boolean {
    return this.#now.has(urn);
  }

  #urnOf(alias: GoalAlias, goal: Goal): string {
    if ("urn" in alias) return alias.urn;
    const parent = alias.noParent ? "" : alias.parent || goal.parent;
    return urnOf(this.stack, this.project, parent, alias.type || goal.type, alias.name || goal.name);
  }
}
