/**
 * Known vulnerabilities of what is installed, as the registry has them: `npm audit`, high and critical. A registry that does not
 * answer audits (a mirror) leaves the question open, which is said and never taken for a pass.
 *
 *   node scripts/audit.mjs             exit code 1 for a vulnerability; 0 with a warning where nothing could be asked
 *   node scripts/audit.mjs --strict    exit code 2 where nothing could be asked: for the pipeline that must know
 */
import { spawnSync } from "node:child_process";
import { isMain } from "./setup.mjs";

/** What an audit's JSON says: `clean`, the vulnerable packages, or why it could not be made. */
export function judge(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { kind: "left-out", reason: "npm audit gave no readable answer" };
  }
  if (typeof report.vulnerabilities !== "object" || report.vulnerabilities === null)
    return {
      kind: "left-out",
      reason: `the registry refuses audits: ${report.message ?? report.error?.summary ?? "no reason given"}`,
    };
  const found = Object.values(report.vulnerabilities)
    .filter(({ severity }) => severity === "high" || severity === "critical")
    .map(({ name, severity, range }) => `${name} ${range}: ${severity}`);
  return found.length === 0 ? { kind: "clean" } : { kind: "vulnerable", found };
}

if (isMain(import.meta.url)) {
  const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const verdict = judge(stdout ?? "");
  if (verdict.kind === "clean") console.log("no vulnerability of high or critical severity is known");
  else if (verdict.kind === "vulnerable") {
    console.error(`vulnerable packages:\n  ${verdict.found.join("\n  ")}`);
    process.exitCode = 1;
  } else {
    console.error(`LEFT OUT, nothing is known: ${verdict.reason}`);
    process.exitCode = process.argv.includes("--strict") ? 2 : 0;
  }
}
