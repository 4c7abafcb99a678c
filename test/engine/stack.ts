import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { findSecrets } from "../abuse/secret-search.js";
import { holdCounts } from "../base/printed.js";
import { type Diagnostic, properties, readStreams, type Step } from "./events.js";

/** What a test stack is made of. */
export interface StackOptions {
  /** The plan as it stands in stack config; an engine test may also give one that is wrong. */
  readonly plan: unknown;
  /** Files of the project by relative path, such as the mailbox lists. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Added to the environment of every command: the lab's, secrets, proxies. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The project's folder, where it is there already. @default one of its own */
  readonly folder?: string;
  /** The program's entry. @default the repository's built program */
  readonly main?: string;
  /** How long one command may take, milliseconds. @default 120,000 */
  readonly timeoutMs?: number;
  /** What must stand in nothing that is printed and in no state, by what it is. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A command that is still running. */
export interface Running {
  /** What it did, once it has ended. */
  readonly ended: Promise<Run>;
  /** Ends it as an impatient user or a lost runner would. */
  kill(signal: "SIGINT" | "SIGKILL"): void;
}

/** What one command of the engine did. */
export interface Run {
  /** Exit code; null when it was stopped by the time limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  readonly steps: readonly Step[];
  /**
   * Steps that are not `same`; of a refresh, those that found something else than the state. Pulumi's own resources (the
   * stack, the default provider) are left out.
   */
  readonly changes: readonly Step[];
  /** Of an update that was previewed, what the preview said would be done, as `changes`. */
  readonly previewed: readonly Step[];
  /** What the run said, without progress and debugging. */
  readonly diagnostics: readonly Diagnostic[];
  /** All errors, as the user reads them; empty when it went well. */
  readonly errors: string;
}

export const stateSchema = z.object({
  // The form that every CLI from the oldest on reads. What a program uses beyond it (hooks, `replaceWith`) makes it 4, with the names of
  // what is needed in `features`, and an older CLI refuses it: two machines may have two versions.
  version: z.literal(3).default(3),
  features: z.never().optional(),
  checkpoint: z.object({
    latest: z
      .object({
        resources: z
          .array(
            z.object({
              urn: z.string(),
              type: z.string(),
              id: z.string().default(""),
              inputs: properties.default({}),
              outputs: properties.default({}),
              initErrors: z.array(z.string()).default([]),
            }),
          )
          .default([]),
        pending_operations: z
          .array(
            z.object({
              type: z.string(),
              resource: z.object({
                urn: z.string(),
                type: z.string(),
                inputs: properties.default({}),
              }),
            }),
          )
          .default([]),
      })
      .nullable(),
  }),
});

/** A stack's state as the backend keeps it. */
export type State = NonNullable<z.output<typeof stateSchema>["checkpoint"]["latest"]>;

/** A project with a stack, driven by the commands of Pulumi's CLI: by the real one, or by the engine inside this process. */
export abstract class DrivenStack {
  abstract readonly folder: string;
  /** Where secrets stood, in what commands printed and in the state they left. */
  abstract readonly leaks: readonly string[];
  #exported: { readonly text: string; readonly state: State } | undefined;

  /** Writes the plan into the stack's configuration, in place of the one before. */
  abstract plan(plan: unknown): Promise<void>;
  /** Starts a command of the CLI. */
  abstract start(...args: string[]): Running;
  /** A command of the CLI, to its end. */
  abstract run(...args: string[]): Promise<Run>;
  /** Drops the lock that a killed command left behind. */
  abstract cancel(): Promise<void>;
  /** The state file's text, to be searched for what must not stand there. */
  abstract stateText(): Promise<string>;
  /** Changes the environment of the next commands: what is given replaces or, undefined, takes away. */
  abstract setEnvironment(change: Readonly<Record<string, string | undefined>>): void;
  /** By how many days the clock of the machine that runs it is wrong, from the next command on. */
  abstract shiftClock(days: number): Promise<void>;
  /** Puts an empty state in place of the stack's, as who has lost it does. */
  abstract loseState(): Promise<void>;
  /** Ends what a killed command left running. */
  abstract endOrphans(): Promise<void>;
  /** Removes the project and its state. Nothing is destroyed: the lab of a test goes away with the test. */
  abstract dispose(): Promise<void>;

  /** Writes a file of the project. */
  async write(file: string, contents: string | Uint8Array): Promise<void> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }

  /** `pulumi preview`; `refresh` looks at the real world first. */
  preview(options: { readonly refresh?: boolean } = {}): Promise<Run> {
    return this.run("preview", ...(options.refresh ? ["--refresh"] : []));
  }

  /** `pulumi up` as everybody runs it: with the preview before it, unless a test is about the update alone. */
  up(options: { readonly skipPreview?: boolean } = {}): Promise<Run> {
    return this.run("up", "--yes", ...(options.skipPreview === true ? ["--skip-preview"] : []));
  }

  /** `pulumi refresh`: `changes` are the resources that are not as the state has them. */
  refresh(): Promise<Run> {
    return this.run("refresh", "--yes", "--skip-preview");
  }

  destroy(): Promise<Run> {
    return this.run("destroy", "--yes", "--skip-preview");
  }

  /** The state, as the backend keeps it. */
  async exportState(): Promise<State> {
    const text = await this.stateText();
    // It is asked for several times after a command, and most commands change nothing.
    if (this.#exported?.text !== text) {
      const { checkpoint } = stateSchema.parse(JSON.parse(text));
      this.#exported = { text, state: checkpoint.latest ?? { resources: [], pending_operations: [] } };
    }
    return this.#exported.state;
  }
}

const repository = resolve(__dirname, "../..");
const runnerClock = join(__dirname, "runner-clock.cjs");
const project = "mailstage";
const stack = "test";
const passphrase = "test";
/** What a state keeps of the passphrase, as `pulumi stack init` makes it. */
const salt = "v1:9GQc/u3HjFI=:v1:EHTccou2Zcs+8n8i:tHcD2RKHo3/VSVn0T5FCWc+e60LX/A==";

/**
 * A project of its own in a temporary folder, with its own file backend, driven by the real Pulumi CLI.
 * `main` is the absolute path of the built program: the engine runs it, and the provider plugin, in that file's folder, so
 * that the constant `__provider` line finds `mailstage/providers` by self-reference. The files of the project are found
 * through MAILSTAGE_PROJECT_ROOT.
 */
export class Stack extends DrivenStack {
  readonly folder: string;
  /** Where secrets stood, in what commands printed and in the state they left. */
  readonly leaks: string[] = [];
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #timeoutMs: number;

  private constructor(folder: string, options: StackOptions) {
    super();
    this.folder = folder;
    this.#timeoutMs = options.timeoutMs ?? 120_000;
    this.#secrets = options.secrets ?? {};
    this.#environment = {
      ...process.env,
      // Without its files of metadata, which a kill at the wrong moment leaves empty: then no command loads the state.
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1",
      MAILSTAGE_PROJECT_ROOT: folder,
      ...options.environment,
    };
  }

  /** Writes the project. The stack is an empty state file by hand: `pulumi stack init` would take 0.4 s and do no more. */
  static async create(options: StackOptions): Promise<Stack> {
    const path = options.environment?.["PATH"] ?? process.env["PATH"] ?? "";
    if (!path.split(delimiter).some((folder) => existsSync(join(folder, "pulumi-language-nodejs"))))
      throw new Error("there is no pulumi on PATH: run engine tests with `npm test -- test/engine`");
    const main = options.main ?? join(repository, "dist/stacks/index.js");
    const folder = options.folder ?? (await realpath(await mkdtemp(join(tmpdir(), "mailstage-stack-"))));
    const created = new Stack(folder, options);
    await created.write(
      "Pulumi.yaml",
      stringify({ name: project, main, runtime: { name: "nodejs", options: { typescript: false } } }),
    );
    await created.write("state/.pulumi/meta.yaml", "version: 1\n");
    await created.loseState();
    await created.plan(options.plan);
    for (const [file, contents] of Object.entries(options.files ?? {})) await created.write(file, contents);
    return created;
  }

  readonly #stateFile = `state/.pulumi/stacks/${project}/${stack}.json`;

  /** Writes the plan into the stack's configuration, in place of the one before. */
  async plan(plan: unknown): Promise<void> {
    await this.write(`Pulumi.${stack}.yaml`, stringify({ config: { "mailstage:plan": plan } }));
  }

  loseState(): Promise<void> {
    return this.write(
      this.#stateFile,
      JSON.stringify({ version: 3, checkpoint: { stack: `organization/${project}/${stack}`, latest: null } }),
    );
  }

  /** Puts a state in the form of `pulumi stack export --show-secrets` in place of its own. */
  async load({ version, deployment }: { version: number; deployment: object }): Promise<void> {
    const file = "exported.json";
    const secrets_providers = { type: "passphrase", state: { salt } };
    await this.write(file, JSON.stringify({ version, deployment: { secrets_providers, ...deployment } }));
    const { code, stderr } = await this.#spawn([
      ...["stack", "import", "--file", file],
      ...["--stack", stack, "--non-interactive"],
    ]).ended;
    // Secrets stand in it in clear.
    await rm(join(this.folder, file));
    if (code !== 0) throw new Error(`pulumi stack import: ${stderr}`);
  }

  setEnvironment(change: Readonly<Record<string, string | undefined>>): void {
    Object.assign(this.#environment, change);
  }

  async shiftClock(days: number): Promise<void> {
    const NODE_OPTIONS = days === 0 ? process.env["NODE_OPTIONS"] : `--require ${runnerClock}`;
    this.setEnvironment({ NODE_OPTIONS, RUNNER_CLOCK_DAYS: String(days) });
  }

  /** Drops the lock that a killed command left behind. */
  async cancel(): Promise<void> {
    await this.#spawn(["cancel", "--yes", "--stack", stack, "--non-interactive"]).ended;
  }

  /** The state file's text, to be searched for what must not stand there. */
  stateText(): Promise<string> {
    return readFile(join(this.folder, this.#stateFile), "utf8");
  }

  /** Removes the project and its state. Nothing is destroyed: the lab of a test goes away with the test. */
  async dispose(): Promise<void> {
    await this.endOrphans();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A CLI that was killed leaves its plugins, each in a group of its own; they are known by this project's folder. */
  async endOrphans(): Promise<void> {
    const mark = `MAILSTAGE_PROJECT_ROOT=${this.folder}\0`;
    for (const pid of await readdir("/proc").catch(() => [])) {
      if (!/^\d+$/.test(pid)) continue;
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (!environment.includes(mark)) continue;
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended by itself meanwhile.
      }
    }
  }

  /** Any command that has an event stream. */
  run(...args: string[]): Promise<Run> {
    return this.start(...args).ended;
  }

  /** What a command prints for a person to read. */
  async shown(...args: string[]): Promise<string> {
    const { stdout, stderr } = await this.#spawn([
      ...args,
      "--stack",
      stack,
      "--non-interactive",
      "--color",
      "never",
    ]).ended;
    return stdout + stderr;
  }

  /** Begins a command that is to be interrupted. */
  start(...args: string[]): Running {
    const { child, ended } = this.#spawn([...args, "--stack", stack, "--json", "--non-interactive"]);
    const kill = (signal: "SIGINT" | "SIGKILL") => {
      // Ctrl-C reaches the whole foreground group, and so does the end of a runner.
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    };
    return { ended: this.#searched(this.#read(ended, args[0] === "up"), args.join(" ")), kill };
  }

  /** Notes the secrets in what a command printed and in the state it left. */
  async #searched(outcome: Promise<Run>, command: string): Promise<Run> {
    const run = await outcome;
    const state = await this.stateText().catch(() => "");
    const found = findSecrets(this.#secrets, { "what it printed": run.stdout + run.stderr, state });
    this.leaks.push(...found.map((leak) => `${command}: ${leak}`));
    return run;
  }

  async #read(outcome: Promise<Ended>, isUpdate: boolean): Promise<Run> {
    const begun = performance.now();
    return runOf(await outcome, isUpdate, performance.now() - begun);
  }

  #spawn(args: string[]) {
    // A group of its own, so that the time limit also ends the language host and the provider plugin.
    const child = spawn("pulumi", args, {
      cwd: this.folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const ended = new Promise<Ended>((fulfil, reject) => {
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const limit = setTimeout(() => {
        stderr += `\nstopped after ${this.#timeoutMs} ms`;
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      }, this.#timeoutMs);
      child.on("error", (error) => {
        clearTimeout(limit);
        reject(error);
      });
      child.on("close", (code) => {
        clearTimeout(limit);
        fulfil({ code, stdout, stderr });
      });
    });
    return { child, ended };
  }
}

type Ended = Pick<Run, "code" | "stdout" | "stderr">;

/** What a command did, read from what it printed. */
export function runOf(
  ended: Ended,
  isUpdate: boolean,
  milliseconds: number,
  streams = readStreams(ended.stdout),
): Run {
  holdCounts(ended.stdout + ended.stderr);
  const { diagnostics = [] } = streams.at(-1) ?? {};
  // An update whose preview failed did nothing, whatever the preview said it would do.
  const [preview, done] = isUpdate && streams[0]?.isPreview ? streams : [undefined, streams[0]];
  const { steps = [] } = done ?? {};
  const errors = diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.trim());
  return {
    ...ended,
    milliseconds,
    steps,
    changes: steps.filter(isChange),
    previewed: preview?.steps.filter(isChange) ?? [],
    diagnostics,
    errors: [...errors, ...(ended.code === 0 ? [] : [ended.stderr.trim()])].join("\n").trim(),
  };
}

function isChange(step: Step): boolean {
  return !step.type.startsWith("pulumi:") && (step.op === "refresh" ? isDrift(step) : step.op !== "same");
}

/** Whether a refresh found something else than the state, gone included. */
function isDrift(step: Step): boolean {
  return JSON.stringify(step.oldOutputs) !== JSON.stringify(step.newOutputs);
}
