import { setMaxListeners } from "node:events";
import { MailstageError } from "./problem.js";

const controller = new AbortController();

/** Aborted once this process is to end: nothing new is sent from then on, and waits end with `run-stopped`. */
export const stopping: AbortSignal = controller.signal;
// Every wait under way listens, hundreds of them.
setMaxListeners(0, stopping);

/** Ends what this process does for its run; there is no way back. What is under way may end. */
export function stop(): void {
  if (stopping.aborted) return;
  controller.abort(
    new MailstageError({
      code: "run-stopped",
      subject: "this run",
      reason: "was stopped, so nothing more was sent",
      hint: "Run pulumi up again: it goes on where this one stopped",
    }),
  );
}

/** Whether an error only says that the run was stopped. */
export function isStopped(error: unknown): boolean {
  return stopping.aborted && error === stopping.reason;
}
