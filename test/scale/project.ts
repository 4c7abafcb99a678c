import { spawn } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { readEvents, type Step } from "../engine/events.js";
import { type Memory, MemoryWatch } from "./memory.js";

/** One project of several stacks that share a plan, each driven by a process of the real engine. */
export interface Project {
  readonly folder: string;
  /** Writes the plan that all stacks share. */
  plan(plan: unknown): Promise<void>;
  write(file: string, contents: string): Promise<void>;
  /** One command of the engine, for one stack. */
  run(stack: string, ...args: string[]): Promise<Outcome>;
  /** `pulumi up`. Fails the test when it fails. */
  up(stack: string, options?: { readonly skipPreview?: boolean }): Promise<Outcome>;
  /** Puts empty states in the place of all, as before the first update. */
  forget(): Promise<void>;
  /** Bytes of a stack's state. */
  stateBytes(stack: string): Promise<number>;
  dispose(): Promise<void>;
}

/** What one command did. */
export interface Outcome {
  readonly code: number | null;
  /** What is not as it was, one line a resource. */
  readonly changes: readonly string[];
  /** All errors, as the user reads them. */
  readonly errors: string;
  readonly milliseconds: number;
  /** The most memory its processes had at once; zero unless it was watched. */
  readonly peak: Memory;
}

/** How a project is set up. */
export interface ProjectOptions {
  readonly stacks: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  /** Where the state is. @default a file backend in the project */
  readonly backend?: Readonly<Record<string, string>>;
  /** Whether memory is watched, by looking at all its processes now and then. @default false */
  readonly watchMemory?: boolean;
}

const repository = resolve(__dirname, "../..");
const name = "contoso-mail";

/** Makes the project and its stacks, all empty. */
export async function createProject(options: ProjectOptions): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "mailstage-scale-")));
  const environment = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1",
    MAILSTAGE_PROJECT_ROOT: folder,
    ...options.environment,
    ...options.backend,
  };
  const write = async (file: string, contents: string) => {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  };
  const memory = new MemoryWatch();
  const engine = async (args: readonly string[]) => {
    const begun = performance.now();
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (part: string) => {
        text[stream] += part;
      });
    const watched = options.watchMemory === true ? child.pid : undefined;
    if (watched !== undefined) memory.add(watched);
    const code = await new Promise<number | null>((fulfil, reject) => {
      child.on("error", reject);
      child.on("close", fulfil);
    });
    const peak = watched === undefined ? { all: 0, engine: 0 } : memory.take(watched);
    return { ...text, code, peak, milliseconds: performance.now() - begun };
  };
  const run = async (stack: string, ...args: string[]): Promise<Outcome> => {
    const { stdout, stderr, ...ended } = await engine([...args, "--stack", stack, "--json"]);
    const { steps, diagnostics } = readEvents(stdout);
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    return {
      ...ended,
      changes: steps.filter(isChange).map(({ op, name: resource }) => `${op} ${resource}`),
      errors: [...errors, ...(ended.code === 0 ? [] : [stderr.trim()])].join("\n").trim(),
    };
  };

  await write(
    "Pulumi.yaml",
    stringify({ name, main: main(), runtime: { name: "nodejs", options: { typescript: false } } }),
  );
  for (const [file, text] of Object.entries(options.files)) await write(file, text);
  await Promise.all(
    options.stacks.map(async (stack) => {
      const { code, stderr } = await engine(["stack", "init", "--no-select", stack]);
      if (code !== 0) throw new Error(`stack ${stack} was not made: ${stderr}`);
    }),
  );
  return {
    folder,
    write,
    run,
    plan: (plan) =>
      write(
        "Pulumi.yaml",
        stringify({
          name,
          main: main(),
          runtime: { name: "nodejs", options: { typescript: false } },
          config: { "mailstage:plan": { value: plan } },
        }),
      ),
    async up(stack, { skipPreview = false } = {}) {
      const outcome = await run(stack, "up", "--yes", ...(skipPreview ? ["--skip-preview"] : []));
      if (outcome.code !== 0) throw new Error(`pulumi up of ${stack} failed:\n${outcome.errors}`);
      return outcome;
    },
    async forget() {
      for (const stack of options.stacks)
        await write(
          `.pulumi/stacks/${name}/${stack}.json`,
          JSON.stringify({
            version: 3,
            checkpoint: { stack: `organization/${name}/${stack}`, latest: null },
          }),
        );
    },
    async stateBytes(stack) {
      const { stdout } = await engine(["stack", "export", "--stack", stack]);
      // The export is indented, the state is not.
      return JSON.stringify(JSON.parse(stdout)).length;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const main = () => join(repository, "dist/stacks/index.js");

const isChange = ({ op, type }: Step) => !type.startsWith("pulumi:") && op !== "same";
