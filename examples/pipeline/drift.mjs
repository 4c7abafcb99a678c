/**
 * What was changed by hand since the last update, and whether the next update would get further. Writes drift/, next/ and
 * status.html. Exit code 0 no drift, 2 drift, 1 failed. Changes nothing.
 */
import { rm } from "node:fs/promises";
import { signedIn } from "./identity.mjs";
import { output, run, stack, summarize, warn } from "./run.mjs";

await Promise.all(["drift", "next", "status.html"].map((path) => rm(path, { recursive: true, force: true })));
process.exitCode = await signedIn(async (environment) => {
  const review = (...args) =>
    run("mailstage", ["review", "--stack", stack, ...args], { environment, quiet: true });
  const drift = await review("--drift", "--out", "drift");
  const next = await review("--refresh", "--out", "next");
  const status = await run("mailstage", ["status", "--stack", stack, "--live", "--html", "status.html"], {
    environment,
  });
  output("drift", drift === 2);
  output("next", next === 2);
  summarize("drift/review.md");
  summarize("next/review.md");
  if (drift === 2)
    warn(
      "Something was changed by hand. Find out who and why. A run with refresh puts it back (an MX changed before the switch it takes over instead); or change the plan.",
    );
  else if (next === 2) warn("The next update gets further: run the pipeline again on the main branch.");
  else if (next === 3)
    warn("A gate is not passed yet. The review of the next update says which, and when to try again.");
  return drift === 2 ? 2 : [drift, status].every((code) => code === 0) && [0, 2, 3].includes(next) ? 0 : 1;
});
