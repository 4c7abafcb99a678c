/** Applies what review.mjs reviewed: refuses when state, plan or mailbox files moved since. */
import { signedIn } from "./identity.mjs";
import { refresh, run, stack } from "./run.mjs";

process.exitCode = await signedIn(async (environment) => {
  const guard = ["apply-guard", "--bound", "review/bound.json", "--stack", stack];
  const refused = await run("mailstage", guard, { environment });
  if (refused !== 0) return refused;
  const code = await run("pulumi", ["up", "--yes", "--non-interactive", "--stack", stack, ...refresh], {
    environment,
  });
  // Also after a failure: what was done, and what to do next.
  await run("mailstage", ["status", "--stack", stack], { environment });
  return code;
});
