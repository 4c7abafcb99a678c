import { MailstageError } from "../src/base/problem.js";
import { severityLabel, wrapped } from "../src/base/wrapped.js";
import * as pulumi from "./sdk.js";

/**
 * What a program does, where Pulumi prints of a refusal the message alone: no stack trace of ours.
 * @throws pulumi.RunError in place of a MailstageError
 */
export function asRunError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MailstageError) throw new pulumi.RunError(wrapped(error.message, severityLabel));
    throw error;
  }
}
