/** Something does not hold that always must. */
export class Violated extends Error {
  constructor(
    readonly invariant: string,
    reason: string,
  ) {
    super(`${invariant}: ${reason}`);
  }
}
