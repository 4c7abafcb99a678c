const { readFileSync, writeFileSync } = require("node:fs");
const { join, relative } = require("node:path");

const file = join(__dirname, "times.json");

/** Seconds of processor time of this process and of those that it has waited for, by Linux's account (proc(5), stat). */
function spent() {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/**
 * Notes what each file cost, in `times.json`, by which the slow ones are begun first. Processor time, which a busy machine does not
 * make longer; the tests must run in this process:
 * `npm test -- --runInBand --reporters=default --reporters=./test/times-reporter.cjs`
 */
module.exports = class Times {
  #before = spent();

  onTestFileResult({ path }) {
    const now = spent();
    const times = JSON.parse(readFileSync(file, "utf8"));
    const name = relative(join(__dirname, ".."), path).replaceAll("\\", "/");
    times[name] = Number((now - this.#before).toFixed(1));
    this.#before = now;
    // What takes less than a second may come in any order.
    const slow = Object.entries(times).filter(([, seconds]) => seconds >= 1);
    const sorted = slow.sort(([, one], [, other]) => other - one);
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
  }
};
