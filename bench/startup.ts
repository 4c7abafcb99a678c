import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, run } from "./engine.js";
import { benchPlan, waveCsv } from "./migration.js";

/** Milliseconds from the program's first line to its first resource, beside loading `@pulumi/pulumi` as most programs do. */
export interface Startup {
  readonly programMs: number;
  readonly sdkMs: number;
}

/** What Pulumi's own runner has loaded before it loads a program. */
const runner = `
  for (const part of ["resource", "output", "errors", "metadata", "log/index", "runtime/settings", "runtime/stack"])
    require("@pulumi/pulumi/" + part);
  const { setAllConfig } = require("@pulumi/pulumi/runtime/config");
  setAllConfig({ "mailstage:plan": process.env.BENCH_PLAN });
  require("@pulumi/pulumi/runtime/settings").resetOptions("mailstage", "bench", 1, "", "", false, "organization");
  const begun = performance.now();
  const ended = () => {
    console.log(performance.now() - begun);
    // The SDK's own listener ends with an error where a program leaves registrations behind.
    process.removeAllListeners("exit").exit(0);
  };`;

/** Ends at the first resource of ours, in the place where it would be sent to the engine; no plugin is started. */
const program = `
  require("@pulumi/pulumi/runtime/resource").registerResource = ended;
  require("@pulumi/pulumi/runtime/invoke").invoke = async () => undefined;
  require(process.env.BENCH_DIST + "/stacks/index.js")()
    .then(() => { throw new Error("the program declared nothing"); });`;

const sdk = `require("@pulumi/pulumi"); ended();`;

/** Measures both in processes of their own, a plan of 10 mailboxes in 5 waves. */
export async function startup(runs: number): Promise<Startup> {
  const folder = mkdtempSync(join(tmpdir(), "mailstage-bench-startup-"));
  try {
    mkdirSync(join(folder, "mailboxes"));
    for (let wave = 0; wave < 5; wave += 1)
      writeFileSync(join(folder, `mailboxes/wave${wave}.csv`), waveCsv(wave, 2));
    const environment = {
      ...process.env,
      NODE_PATH: join(process.cwd(), "node_modules"),
      BENCH_DIST: join(process.cwd(), "dist"),
      BENCH_PLAN: JSON.stringify(benchPlan(5)),
      MAILSTAGE_PROJECT_ROOT: folder,
    };
    const timed = async (script: string) => {
      const times: number[] = [];
      for (let count = 0; count < runs; count += 1)
        times.push(Number(await run(process.execPath, ["-e", runner + script], folder, environment)));
      return median(times);
    };
    return { programMs: await timed(program), sdkMs: await timed(sdk) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
