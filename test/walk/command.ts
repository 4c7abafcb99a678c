import type fc from "fast-check";
import type { StageName } from "../../src/plan/index.js";
import type { Migration } from "./migration.js";

/** What the model knows, without looking: enough to tell which commands make sense. */
export interface Model {
  stage: StageName;
  /** The stage whose work is done, by the last update that went well. */
  reached: StageName | undefined;
  /** When the last update went well, by the lab's clock; milliseconds since 1970. */
  wellAt: number;
  /** Harms that a person has done by hand, as `code subject`: the judge is right, and mailstage could do nothing. */
  readonly byHand: Set<string>;
  /** Ids of those from whom a hand has taken a licence, until a refresh or an update of their wave's licences has looked. */
  readonly takenLicences: Set<string>;
  /** Codes of the harms that a waiver of the plan has made somebody's risk. */
  readonly risked: Set<string>;
  /** Proofs of ownership that no state or journal knows to be ours any more. */
  readonly found: Set<string>;
  /** Whether something was edited, or done by hand, since the last update. */
  moved: boolean;
  /** What the world has changed since the last update that went well, in its order: what `--drift` may have to name. */
  readonly moves: Move[];
}

/** What a move of the world is about. */
export type Moved =
  | "record"
  | "batch"
  | "endpoint"
  | "domain"
  | "user"
  | "licence"
  | "group"
  | "seats"
  | "entry"
  | "mailbox"
  | "connector";

/** Something that was changed beside the program. */
export interface Move {
  readonly what: Moved;
  /** As the review names it: `MX contoso.com`, a batch, an address, a domain, a SKU. */
  readonly name: string;
  readonly how: "added" | "changed" | "removed";
}

/** Tells the model of a change beside the program. */
export function tell(model: Model, what: Moved, name: string, how: Move["how"] = "changed"): void {
  model.moved = true;
  model.moves.push({ what, name, how });
}

/**
 * One thing that a user or the world does. Plain data is drawn for it, so that a walk can be printed, shrunk and done again on
 * the other engine.
 */
export interface Command<D> {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly data: fc.Arbitrary<D>;
  /** Whether it can be done now. */
  possible(model: Model, data: D): boolean;
  /** The line that a person would type, or what they would do. */
  typed(data: D): string;
  /** Does it, and tells the model. What must hold afterwards is in `invariants/`. */
  run(migration: Migration, model: Model, data: D): Promise<void>;
}

/** Lets commands of different data stand in one list. */
export interface AnyCommand {
  readonly name: string;
  readonly weight: number;
  readonly drawn: fc.Arbitrary<Drawn>;
  /** The command with data that was kept; undefined when it never draws such. */
  kept(data: unknown): Drawn | undefined;
}

/** A command with its data. */
export interface Drawn {
  readonly name: string;
  /** What was drawn, as JSON has it. */
  readonly data: unknown;
  readonly typed: string;
  possible(model: Model): boolean;
  run(migration: Migration, model: Model): Promise<void>;
}

/** Makes a command part of a list. */
export function command<D>(one: Command<D>): AnyCommand {
  const { name, weight } = one;
  const withData = (data: D): Drawn => ({
    name,
    data,
    typed: one.typed(data),
    possible: (model) => one.possible(model, data),
    run: (migration, model) => one.run(migration, model, data),
  });
  return {
    name,
    weight,
    drawn: one.data.map(withData),
    kept: (data) => (one.data.canShrinkWithoutContext(data) ? withData(data) : undefined),
  };
}
