import { appendDurably } from "../../src/snapshots/durable-lines.js";

/** Appends numbered lines, one call each: `<file> <who> <count>`. */
const [file = "", who = "", count = "0"] = process.argv.slice(2);
void (async () => {
  for (let number = 0; number < Number(count); number++)
    await appendDurably(file, () => `${JSON.stringify({ who, number })}\n`);
})();
