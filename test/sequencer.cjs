const { readFileSync, statSync } = require("node:fs");
const { join, relative, resolve } = require("node:path");

/** Seconds of processor time that files cost, slowest first; times-reporter.cjs says how they are measured. */
const seconds = JSON.parse(readFileSync(join(__dirname, "times.json"), "utf8"));

/**
 * Slow files first, so that no worker waits for the last of them alone: by the time they took, the others by their size, of which
 * the largest is taken for a second. Without jest's own sequencer, which is no package of ours.
 */
module.exports = class SlowFirst {
  sort(tests) {
    const root = resolve(__dirname, "..");
    const guessed = ({ path }) =>
      seconds[relative(root, path).replaceAll("\\", "/")] ?? Math.min(1, statSync(path).size / 20_000);
    const cost = new Map(tests.map((test) => [test, guessed(test)]));
    return [...tests].sort((one, other) => cost.get(other) - cost.get(one));
  }
  shard(tests) {
    return tests;
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {
    // Nothing is kept of a run: a busy machine would put the files into another order each time.
  }
};
