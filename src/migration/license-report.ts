import type { Problem } from "../base/problem.js";

/** Tells how far a longer piece of work has come. */
export type Progress = (message: string) => void;

/** What came of users, by their ids. */
export interface Outcome {
  readonly licensed: readonly string[];
  readonly fresh: readonly string[];
  /** Members of a group whose licence is still being worked out. */
  readonly processing: number;
}

/** Where the licensing of users says what it does. */
export interface LicenseReport {
  readonly progress: Progress;
  /** Collects what is wrong with single users. */
  readonly problems: Problem[];
  /** A user's address by its id. */
  readonly named: (id: string) => string;
}
