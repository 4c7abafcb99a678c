import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { memoryOf } from "./sandbox.js";

const sourceOf = (name: string) => readFileSync(resolve(__dirname, "../../dist", name), "utf8");

/** The lines of our own modules in a bundle. */
function ourLines(source: string): string[] {
  let ours = false;
  return source.split("\n").filter((line) => {
    const module = /^\/\/ (?:\.\.\/)*(\w+)\/.*\.[cm]?[jt]s$/.exec(line)?.[1];
    if (module !== undefined) ours = module !== "node_modules";
    return ours;
  });
}

/** Written once, while the bundle is evaluated: who is told of waits. */
const setOnce = ["listener"];

const bundles = ["stacks/program.js", "providers/index.js"];

describe("what a process remembers", () => {
  test.each(bundles)("is all known of %s, so that each run begins fresh", (name) => {
    const source = sourceOf(name);
    const memory = memoryOf(source);
    const lines = ourLines(source);
    const variables = lines.flatMap((line) => /^var (\w+)\b/.exec(line)?.[1] ?? []);
    expect(variables.length).toBeGreaterThan(100);
    const inner = lines.filter((line) => line.startsWith(" ")).join("\n");
    const written = variables.filter(
      (variable) =>
        !memory.has(variable) &&
        // At the beginning of a statement: elsewhere it is the default of a parameter of that name.
        new RegExp(
          `(?:^\\s*|[;{}] |=> )${variable}(?:\\s(?:[?|&]{2}|[-+])?=\\s|\\.(?:set|add|delete|push|clear|splice|abort)\\()`,
          "m",
        ).test(inner),
    );
    expect(written.filter((variable) => !setOnce.includes(variable))).toEqual([]);
  });

  test("holds the connections, reads and notes of a run", () => {
    expect([...memoryOf(sourceOf("providers/index.js")).keys()]).toEqual(
      expect.arrayContaining(["sessions", "controller", "stopping", "current"]),
    );
    expect([...memoryOf(sourceOf("stacks/program.js")).keys()]).toEqual(expect.arrayContaining(["readings"]));
  });
});
