import type { RecordSide } from "./model.js";

/** One record set before and after, whichever resources at whichever host stand for it. */
export interface RecordSetSides {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly before: RecordSide | null;
  /** The wildcard that has answered `before` so far: nothing stands at the name itself. */
  readonly wildcard?: string;
  readonly after: RecordSide | null;
  /** Whether what is added is known only during the update. */
  readonly joins: boolean;
  /** Whether any of its resources changes at all. */
  readonly touched: boolean;
  /** Whether the host answers with addresses of its own instead, after the change. */
  readonly proxied: boolean;
  /** Whether a wildcard answers it now, and would not any more without it. */
  readonly answered?: true;
  /** A person sets it: the update goes on when it is `observed`, or says what to set and does not wait (`told`). */
  readonly byHand?: "observed" | "told";
}

/** What a replacement is made of besides the `replace` step itself. */
export const isPartOfReplacement = (op: string) => op === "create-replacement" || op === "delete-replaced";

/** One side of a change, its values in an order that does not change. */
export function side(ttl: number | null, values: readonly (string | null)[]): RecordSide {
  return { ttl, values: [...values].sort((left, right) => (left ?? "").localeCompare(right ?? "", "en")) };
}
