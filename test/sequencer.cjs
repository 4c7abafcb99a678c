const { default: Sequencer } = require("@jest/test-sequencer");

/** Files that take minutes: begun first, so that no worker waits for the last of them alone. */
const slow = [
  "test/user/rfc2136",
  "test/user/",
  "test/engine/stages",
  "test/abuse/transitions",
  "test/engine/transitions",
  "test/abuse/kill-matrix",
  "test/abuse/fault-storm",
  "test/engine/",
  "test/abuse/",
  "test/scale/",
  "test/pipelines/",
];

/** The slow ones in that order, then the others as jest orders them. */
module.exports = class SlowFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = slow.findIndex((part) => path.replaceAll("\\", "/").includes(part));
      return at === -1 ? slow.length : at;
    };
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
};
