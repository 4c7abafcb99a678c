import { describeProblem } from "../../src/base/problem.js";
import { nodeProblems } from "../../src/cli/node-version.js";

test.each(["v20.20.2", "v22.14.9", "v18.0.0"])(
  "Node %s is told to be too old, with what to do",
  (version) => {
    expect(nodeProblems(">=22.15.0", version).map(describeProblem)).toEqual([
      `Node ${version}: is older than mailstage needs, which is 22.15.0. Install a newer one, or put one into your project (npm install node@24) and start mailstage by npx.`,
    ]);
  },
);

test.each(["v22.15.0", "v22.15.1", "v22.20.0", "v24.0.0"])("Node %s is taken", (version) => {
  expect(nodeProblems(">=22.15.0", version)).toEqual([]);
});
