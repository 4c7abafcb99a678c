import type { Problem } from "../base/problem.js";

const numbersOf = (version: string): number[] => version.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];

/**
 * That a Node is older than the package takes; npm only warns of it.
 * @param needed as `engines` of package.json has it: `>=22.15.0`
 */
export function nodeProblems(needed: string, version = process.version): Problem[] {
  const own = numbersOf(version);
  const oldest = numbersOf(needed);
  const first = oldest.findIndex((number, index) => number !== (own[index] ?? 0));
  if (first === -1 || (own[first] ?? 0) > (oldest[first] ?? 0)) return [];
  return [
    {
      code: "node-too-old",
      subject: `Node ${version}`,
      reason: `is older than mailstage needs, which is ${oldest.join(".")}`,
      hint: "Install a newer one, or put one into your project (npm install node@24) and start mailstage by npx",
    },
  ];
}
