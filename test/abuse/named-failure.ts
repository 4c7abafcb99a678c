import { MailstageError } from "../../src/base/problem.js";

/** The result of some work, or the failure it names; anything else that is thrown is thrown on. */
export type Named<T> = { readonly result: T } | { readonly failure: string };

/** Fails unless the work ends in a result, or in a failure that names what was wrong, briefly and fit for a terminal. */
export async function named<T>(work: Promise<T>): Promise<Named<T>> {
  try {
    return { result: await work };
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    for (const { subject, reason } of error.problems) {
      expect(subject.trim()).not.toBe("");
      expect(reason.trim()).not.toBe("");
    }
    expect(error.message.length).toBeLessThan(3000);
    expect(error.message).not.toMatch(/TypeError|RangeError|\n {4}at |[^\P{Cc}\n]/u);
    return { failure: error.message };
  }
}
