import type { z } from "zod";
import type { Adopting } from "../src/base/adoption.js";
import type { Context } from "./context.js";

/** The outcome of `reconcile`. */
export interface Settled<O extends object> {
  readonly id: string;
  readonly outputs: O;
  /**
   * Why the resource is not ready although it exists. Saved with the state; dependents are not run, `pulumi up`
   * exits with an error that lists these reasons, and the next `up` calls `reconcile` again.
   */
  readonly blocked?: readonly string[];
}

/** What the adapter needs of a resource's contract: how its inputs and outputs are read from state and written to it, and what a change of an input means. */
export interface Schemas<I extends z.ZodObject, O extends z.ZodObject> {
  readonly inputs: I;
  readonly outputs: O;
  /** Inputs whose change replaces the resource; it is deleted before the new one is created. */
  readonly replaceOn?: readonly (keyof z.output<I> & string)[];
  /** Inputs whose change alone is no change of the resource. */
  readonly ignoreChanges?: readonly (keyof z.output<I> & string)[];
  /** Lists of names that state keeps as runs of another property's list (src/state/name-runs.ts); handlers see the whole lists. */
  readonly folding?: Readonly<Partial<Record<string, readonly string[]>>>;
}

/** One resource's lifecycle. */
export interface Lifecycle<I extends z.ZodObject, O extends z.ZodObject> {
  /**
   * Runs in preview and before every update: refuses what cannot be done and fills in what can be known now, so that
   * a preview shows it. Throws `MailstageError` to refuse.
   * @param news the inputs, without those that a preview does not know yet
   * @param whole all inputs, parsed; undefined while a preview does not know one that is required
   */
  check?(
    cx: Context,
    news: Partial<z.output<I>>,
    olds: z.output<I> | undefined,
    whole: z.output<I> | undefined,
  ): Promise<{ [K in keyof z.output<I>]?: z.output<I>[K] | undefined }>;
  /** Whether an update would get an unfinished resource any further. Runs in preview, only when nothing else changed. */
  pending?(cx: Context, inputs: z.output<I>, outputs: z.output<O>): Promise<boolean>;
  /**
   * Judges a change of inputs that replaces nothing, where that takes the outputs, which `check` is not given: says what it means, or
   * refuses it by a `MailstageError`. Runs in preview and before the update.
   */
  changing?(cx: Context, inputs: z.output<I>, outputs: z.output<O>): Promise<void>;
  /** Observe, ensure, sync, return: one flow for create, update and adoption; safe to run again at any moment. */
  reconcile(
    cx: Context,
    inputs: z.output<I>,
    prior: { readonly id: string; readonly inputs: z.output<I>; readonly outputs: z.output<O> } | undefined,
  ): Promise<Settled<z.output<O>>>;
  /**
   * What `reconcile` would come to where there is nothing left for it to do, read only: by it `mailstage adopt` knows the state of what is
   * there. It tells differences and what is absent, and goes on with what others can go by. Left out where `reconcile` only reads.
   */
  adopt?(cx: Context, adopting: Adopting, inputs: z.output<I>): Promise<Settled<z.output<O>>>;
  /** The live resource in the terms of its inputs and outputs; `undefined` when it is gone for good. */
  read(
    cx: Context,
    inputs: z.output<I>,
    outputs: z.output<O>,
    id: string,
  ): Promise<{ readonly inputs: z.output<I>; readonly outputs: z.output<O> } | undefined>;
  /** Removes the resource or refuses; a resource that is gone already is a success. */
  delete(cx: Context, inputs: z.output<I>, outputs: z.output<O>, id: string): Promise<void>;
}
