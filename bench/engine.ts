import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { watchMemory } from "./memory.js";

/** A Pulumi project in a temporary folder with its own state, as a user has one. */
export interface Project {
  readonly folder: string;
  read(file: string): string;
  write(file: string, contents: string): void;
  /** Wall seconds of one command that must succeed, and the most memory it and all it started held, in MB. */
  measure(...args: string[]): Promise<{ seconds: number; peakMb: number }>;
  stateBytes(): number;
  remove(): void;
}

const stack = "bench";

/** Makes a project whose program is `main`, an absolute path. */
export function project(main: string, environment: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "mailstage-bench-"));
  const write = (file: string, contents: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), contents);
  };
  const stateFile = `state/.pulumi/stacks/mailstage/${stack}.json`;
  write(
    "Pulumi.yaml",
    stringify({ name: "mailstage", main, runtime: { name: "nodejs", options: { typescript: false } } }),
  );
  write(`Pulumi.${stack}.yaml`, "config: {}\n");
  write("state/.pulumi/meta.yaml", "version: 1\n");
  write(
    stateFile,
    JSON.stringify({ version: 3, checkpoint: { stack: `organization/mailstage/${stack}`, latest: null } }),
  );
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    MAILSTAGE_PROJECT_ROOT: folder,
    ...environment,
  };
  return {
    folder,
    read: (file) => readFileSync(join(folder, file), "utf8"),
    write,
    async measure(...args) {
      const begun = performance.now();
      let memory: ReturnType<typeof watchMemory> | undefined;
      await run("pulumi", [...args, "--stack", stack, "--non-interactive"], folder, env, (pid) => {
        memory = watchMemory(pid);
      });
      return { seconds: (performance.now() - begun) / 1000, peakMb: memory?.peakMb() ?? Number.NaN };
    },
    stateBytes: () => readFileSync(join(folder, stateFile)).byteLength,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a command; its output is shown only when it fails. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  started?: (pid: number) => void,
): Promise<string> {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined) started?.(child.pid);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? fulfil(output)
        : reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`)),
    );
  });
}

/** The median of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? middle : ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + middle) / 2;
}
