const { statSync } = require("node:fs");

/** Files that take minutes: begun first, so that no worker waits for the last of them alone. */
const slow = [
  // The longest where all are walked whole: three stacks.
  "test/user/split",
  "test/user/rfc2136",
  "test/user/",
  "test/package-managers/",
  "test/engine/stages",
  "test/abuse/transitions",
  "test/engine/transitions",
  "test/in-process/held",
  "test/walk/",
  "test/abuse/kill-matrix",
  "test/abuse/fault-storm",
  "test/engine/",
  "test/abuse/",
  "test/scale/",
  "test/pipelines/",
];

/** The slow files in that order, then the others by their size. Without jest's own, which is no package of ours. */
module.exports = class SlowFirst {
  sort(tests) {
    const rank = ({ path }) => {
      const at = slow.findIndex((part) => path.includes(part));
      return at === -1 ? slow.length : at;
    };
    const size = new Map(tests.map((test) => [test, statSync(test.path).size]));
    return [...tests].sort((one, other) => rank(one) - rank(other) || size.get(other) - size.get(one));
  }
  shard(tests) {
    return tests;
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {
    // Nothing is kept: the order follows from the files alone.
  }
};
