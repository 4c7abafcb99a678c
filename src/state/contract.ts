import { z } from "zod";

/** Names of a schema's properties. */
type Key<S extends z.ZodObject> = keyof z.output<S> & string;

/**
 * What one kind of resource leaves in state: everything that writes it (the class, its handler) and everything that reads it
 * (a review, the status, the policy pack, a gate) is typed by this. The documentation of a property stands at its schema.
 */
export interface Contract<
  I extends z.ZodObject,
  O extends z.ZodObject,
  Computed extends Key<I> = never,
  Forgotten extends Key<I> = never,
> {
  /** What the program gives, and what the handler's `check` adds while previewing. */
  readonly inputs: I;
  /** What is known once the resource is there. */
  readonly outputs: O;
  /**
   * Inputs that the handler fills in: no argument of the class. One that has an output's name is that output read ahead, so that a
   * preview knows it; it is also in `ignoreChanges`, and `pending` tells whether it changed.
   */
  readonly computed: readonly Computed[];
  /** Inputs that are asked with and never kept: nobody can read them in a preview or in state. */
  readonly forgotten: readonly Forgotten[];
  /** Inputs whose change replaces the resource; it is deleted before the new one is created. */
  readonly replaceOn: readonly Key<I>[];
  /** Inputs whose change alone is no change of the resource: neither for an update nor as drift. */
  readonly ignoreChanges: readonly Key<I>[];
  /**
   * Lists of names, or such lists by key, that repeat another property's: state has them by the runs of that list (name-runs.ts), the
   * first of those named here that is there. Neither handlers nor the program see them folded.
   */
  readonly folding?: Readonly<Partial<Record<Key<I> | Key<O>, readonly Key<I>[]>>>;
}

/** Any contract. */
export interface AnyContract {
  readonly inputs: z.ZodObject;
  readonly outputs: z.ZodObject;
  readonly computed: readonly string[];
  readonly forgotten: readonly string[];
  readonly replaceOn: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly folding?: Readonly<Partial<Record<string, readonly string[]>>>;
}

/** The outputs of a resource that has none besides its inputs. */
export const noOutputs = z.object({});

/** Puts a contract together; lists that are left out are empty. */
export function contract<
  I extends z.ZodObject,
  O extends z.ZodObject,
  const Computed extends Key<I> = never,
  const Forgotten extends Key<I> = never,
>(
  parts: Pick<Contract<I, O, Computed, Forgotten>, "inputs" | "outputs"> &
    Partial<Contract<I, O, Computed, Forgotten>>,
): Contract<I, O, Computed, Forgotten> {
  return { computed: [], forgotten: [], replaceOn: [], ignoreChanges: [], ...parts };
}
