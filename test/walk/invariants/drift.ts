import { type Review, readPreview, reviewOf } from "../../../src/reports/review/index.js";
import type { DrivenStack } from "../../engine/stack.js";
import type { Model, Move } from "../command.js";
import { Violated } from "./violated.js";

/**
 * 3: `mailstage review --drift` names nothing but what the world moved. An update that goes well leaves what others added to a
 * shared set, or made of its TTL, as it is, and the state as it was: only `pulumi refresh` takes that in, so it is named until then.
 */
export class Drift {
  #moves: Move[] = [];

  /** What was moved is known until the next update goes well, so it is asked for after every step. */
  note({ moves }: Pick<Model, "moves">): void {
    for (const move of moves) if (!this.#moves.includes(move)) this.#moves.push(move);
  }

  /** Whether the world has moved in a way that a drift review may name. */
  get isExpected(): boolean {
    return this.#moves.length > 0;
  }

  /** The record sets among what has moved, by their names. */
  get records(): ReadonlySet<string> {
    return new Set(this.#moves.flatMap(({ what, name }) => (what === "record" ? [name] : [])));
  }

  /** The batches that were made by hand. */
  get batches(): ReadonlySet<string> {
    const made = this.#moves.filter(({ what, how }) => what === "batch" && how === "added");
    return new Set(made.map(({ name }) => name));
  }

  /** The state was made what the world is, or is no more. */
  settled(): void {
    this.#moves = [];
  }

  async hold(stack: DrivenStack): Promise<void> {
    const looked = await stack.run("refresh", "--preview-only", "--show-sames");
    if (looked.code !== 0) throw new Violated("3 the drift review then exits 0", looked.errors);
    this.judge(reviewOf(readPreview(looked.stdout), { mode: "drift" }));
  }

  judge(review: Review): void {
    const unexplained = named(review).filter((one) => !this.#moves.some((move) => explains(move, one)));
    if (unexplained.length === 0 && (review.verdict === "no-change" || this.#moves.length > 0)) return;
    throw new Violated(
      "3 the drift review then exits 0",
      `its verdict is ${review.verdict}, and it names ${unexplained.map(({ name, told }) => `${name} (${told})`).join("; ")}`,
    );
  }
}

/** Something that a drift review names. */
interface Named {
  readonly what: "record" | "wave" | "licenses" | "other";
  readonly name: string;
  readonly told: string;
}

function named({ zones, waves, licenses, others }: Review): Named[] {
  return [
    ...zones.flatMap(({ records }) =>
      records.map((record) => ({
        what: "record" as const,
        name: `${record.type} ${record.name}`,
        told: `${record.verb} from ${JSON.stringify(record.before)} to ${JSON.stringify(record.after)}`,
      })),
    ),
    ...waves.map(({ wave, meaning }) => ({ what: "wave" as const, name: wave, told: meaning.join(" ") })),
    ...licenses.map(({ wave, meaning }) => ({ what: "licenses" as const, name: wave, told: meaning })),
    ...others.map(({ subject, verb, changes }) => ({
      what: "other" as const,
      name: subject,
      told: `${verb} ${changes.join(", ")}`,
    })),
  ];
}

/** Which moves can make which resource another one; a record is told by its name, of the others it is enough that there was one. */
function explains(move: Move, { what, name }: Named): boolean {
  switch (move.what) {
    case "record":
      return what === "record" ? move.name === name : name.endsWith(move.name);
    case "batch":
      return what === "wave";
    case "endpoint":
    case "connector":
    case "domain":
      return what === "other";
    default:
      return what === "wave" || what === "licenses" || what === "other";
  }
}
