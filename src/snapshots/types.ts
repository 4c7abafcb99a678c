import type { Problem } from "../base/problem.js";

/** The lines of a durable file, and what was left out of it. */
export interface DurableLines {
  /** Whole lines, each with its end. */
  readonly text: string;
  /** A last line that a crash cut off. */
  readonly leftOut: Problem | undefined;
}

/** A container or bucket, as far as lines are kept in it: nothing is ever overwritten or deleted there. */
export interface ObjectStore {
  /** Names of all objects that begin so, sorted. */
  names(prefix: string): Promise<readonly string[]>;
  get(name: string): Promise<Buffer>;
  /** Writes an object that is not there yet. */
  put(name: string, octets: Buffer): Promise<void>;
}
