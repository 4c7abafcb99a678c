import { readFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { stringify } from "yaml";
import type { Lab } from "../../lab/index.js";
import { findSecrets } from "../abuse/secret-search.js";
import { readStream } from "../engine/events.js";
import {
  DrivenStack,
  type Run,
  type Running,
  runOf,
  type StackOptions,
  type State,
} from "../engine/stack.js";
import type { Moment } from "./deployment.js";
import { type Done, type EngineRun, type Operation, runEngine } from "./engine.js";
import type { Program } from "./program.js";
import { emptySnapshot, rootType, type Snapshot, stateFile, stateOf } from "./resource.js";

/** What a stack inside the process is told besides. */
export interface InProcessOptions extends StackOptions {
  /** In place of waiting: the lab's clock goes on. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** @default test */
  readonly name?: string;
  /** A project's stacks share its folder. @default one of its own */
  readonly folder?: string;
  /** The project's other stacks, of which the program reads outputs. @default none */
  readonly others?: () => readonly InProcessStack[];
  /** A program in place of the default one. */
  readonly program?: Program;
  /** Whether the services, which are in this process too, are asked without TLS and sockets. @default true */
  readonly direct?: boolean;
}

const project = "mailstage";
const organization = "organization";

/** The flags that are understood here, or are about how the CLI prints. */
const understood = new Set([
  "--yes",
  "--skip-preview",
  "--refresh",
  "--preview-only",
  "--show-sames",
  "--target",
]);

const targetsIn = (args: readonly string[]) =>
  args.flatMap((flag, index) => (flag === "--target" ? [args[index + 1] ?? ""] : []));

/** A stack whose engine is inside this process: the same commands, and what they print, as the real CLI's. */
export class InProcessStack extends DrivenStack {
  readonly folder: string;
  readonly name: string;
  readonly leaks: string[] = [];
  readonly #options: InProcessOptions;
  #config: Readonly<Record<string, string>> = {};
  readonly #environment: NodeJS.ProcessEnv;
  #snapshot: Snapshot = emptySnapshot;
  /** The program of the next runs, where it is not the default one. */
  program: Program | undefined;
  #clockAhead = 0;
  /** Whether an update has the stack's lock, or was killed with it (pkg/backend/diy/backend.go: of all commands here, but previews). */
  #locked = false;
  /** Decides where the next runs are killed. */
  killAt: ((moment: Moment) => boolean) | undefined;

  private constructor(folder: string, options: InProcessOptions) {
    super();
    this.folder = folder;
    this.name = options.name ?? "test";
    this.#options = options;
    this.program = options.program;
    this.#environment = { ...process.env, MAILSTAGE_PROJECT_ROOT: folder, ...options.environment };
  }

  /** The state, with its secrets. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get #fullName(): string {
    return `${organization}/${project}/${this.name}`;
  }

  /** Puts another state in its place. */
  load(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** Opens a stack against a lab: where it would wait, the lab's clock goes on. @param lab the lab as it runs then */
  static against(lab: () => Pick<Lab, "clock">, options: InProcessOptions): Promise<InProcessStack> {
    return InProcessStack.create({ ...options, wait: async (ms) => lab().clock.advance(ms / 1000) });
  }

  static async create(options: InProcessOptions): Promise<InProcessStack> {
    trust(options.environment?.["NODE_EXTRA_CA_CERTS"]);
    const folder = options.folder ?? (await realpath(await mkdtemp(join(tmpdir(), "mailstage-in-"))));
    const stack = new InProcessStack(folder, options);
    await stack.write("Pulumi.yaml", `name: ${project}\nruntime: nodejs\n`);
    await stack.plan(options.plan);
    for (const [file, contents] of Object.entries(options.files ?? {})) await stack.write(file, contents);
    return stack;
  }

  async plan(plan: unknown): Promise<void> {
    this.#config = plan === undefined ? {} : { "mailstage:plan": JSON.stringify(plan) };
    // For whoever types commands of mailstage's own beside it.
    await this.write(`Pulumi.${this.name}.yaml`, stringify({ config: { "mailstage:plan": plan } }));
  }

  async loseState(): Promise<void> {
    this.#snapshot = emptySnapshot;
  }

  setEnvironment(change: Readonly<Record<string, string | undefined>>): void {
    Object.assign(this.#environment, change);
  }

  async shiftClock(days: number): Promise<void> {
    this.#clockAhead = days * 86_400_000;
  }

  /** Breaks the lock open; what has it goes on. */
  async cancel(): Promise<void> {
    this.#locked = false;
  }
  /** There is no process. */
  async endOrphans(): Promise<void> {}

  async stateText(): Promise<string> {
    return stateFile(this.#snapshot, this.#fullName);
  }

  override async exportState(): Promise<State> {
    return stateOf(this.#snapshot);
  }

  /** Ends its part: the project and what is in it stays. */
  release(): void {
    distrust(this.#options.environment?.["NODE_EXTRA_CA_CERTS"]);
  }

  async dispose(): Promise<void> {
    this.release();
    await rm(this.folder, { recursive: true, force: true });
  }

  run(...args: string[]): Promise<Run> {
    return this.start(...args).ended;
  }

  start(...args: string[]): Running {
    const locks = args[0] !== "preview" && !args.includes("--preview-only");
    if (locks && this.#locked) return { ended: Promise.resolve(turnedAway), kill: () => {} };
    if (locks) this.#locked = true;
    let current: EngineRun | undefined;
    let dead: () => void = () => {};
    const killed = new Promise<undefined>((fulfil) => {
      dead = () => fulfil(undefined);
    });
    const begin = (operation: Operation) => {
      current = this.#begin(operation, dead);
      return Promise.race([current.ended, killed]);
    };
    const ended = this.#ended(args, begin).then((run) => {
      // Who is killed leaves it behind.
      if (locks && run.code !== null) this.#locked = false;
      return run;
    });
    return {
      ended,
      kill: (signal) => {
        if (signal === "SIGINT") return current?.interrupt();
        current?.kill();
        dead();
      },
    };
  }

  #begin(operation: Operation, dead: () => void): EngineRun {
    const { wait = async () => {}, others = () => [], direct = true } = this.#options;
    const { program } = this;
    return runEngine(
      {
        project,
        stack: this.name,
        organization,
        config: this.#config,
        base: this.#snapshot,
        ...(program === undefined ? {} : { program }),
        surroundings: {
          wait,
          direct,
          environment: { ...this.#environment },
          clockAhead: this.#clockAhead,
        },
        save: (snapshot) => {
          this.#snapshot = snapshot;
        },
        outputsOf: async (fullName) => {
          const other = others().find((stack) => stack.#fullName === fullName);
          // One that was never applied has no outputs.
          return other && (other.#snapshot.resources.find(({ type }) => type === rootType)?.outputs ?? {});
        },
        killAt: (moment) => {
          if (this.killAt?.(moment) !== true) return false;
          dead();
          return true;
        },
      },
      operation,
    );
  }

  async #ended(
    args: readonly string[],
    begin: (operation: Operation) => Promise<Done | undefined>,
  ): Promise<Run> {
    const begun = performance.now();
    const [command = ""] = args;
    const runs: Done[] = [];
    let code: number | null = 0;
    // The SDK keeps a stack trace of every promise, and Jest maps each to the sources: a third of a run.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      for (const operation of operationsOf(command, args)) {
        const done = await begin(operation);
        if (done !== undefined) runs.push(done);
        code = done === undefined ? null : done.succeeded ? 0 : 255;
        if (code !== 0) break;
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    const stdout = runs.flatMap(({ lines }) => lines).join("\n");
    const found = findSecrets(this.#options.secrets ?? {}, {
      "what it printed": stdout,
      state: await this.stateText(),
    });
    this.leaks.push(...found.map((leak) => `${command}: ${leak}`));
    const streams = runs.map(({ events }) => readStream(events));
    return runOf({ code, stdout, stderr: "" }, command === "up", performance.now() - begun, streams);
  }
}

/** What the CLI says to whoever comes while another has the lock (pkg/backend/diy/lock.go). */
const turnedAway: Run = runOf(
  {
    code: 255,
    stdout: "",
    stderr:
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.",
  },
  true,
  0,
);

/** A command's runs of the engine: an update is previewed first. */
function operationsOf(command: string, args: readonly string[]): Operation[] {
  const targets = targetsIn(args);
  // Whoever asks for more would be told that all is well.
  for (const flag of args)
    if (flag.startsWith("-") && !understood.has(flag))
      throw new Error(`${command} ${flag} needs the real engine: rehearse({ engine: "real" })`);
  const options = { refresh: args.includes("--refresh"), ...(targets.length > 0 && { targets }) };
  switch (command) {
    case "preview":
      return [{ kind: "update", dryRun: true, ...options }];
    case "up":
      return [
        ...(args.includes("--skip-preview") ? [] : [{ kind: "update", dryRun: true, ...options } as const]),
        { kind: "update", dryRun: false, ...options },
      ];
    case "refresh":
      return [{ kind: "refresh", dryRun: args.includes("--preview-only"), ...options }];
    case "destroy":
      return [{ kind: "destroy", dryRun: false, ...options }];
    default:
      throw new Error(`there is no command ${command} in this process`);
  }
}

/** The authorities of the labs that are there now, by their files. */
const authorities = new Map<string, string>();

/**
 * A process is given the lab's authority when it starts; this one has started already. The machine's own are left out: nobody
 * here is asked who is theirs, and each connection would take them in anew.
 */
function trust(file: string | undefined): void {
  if (file !== undefined) authorities.set(file, readFileSync(file, "utf8"));
  setDefaultCACertificates([...authorities.values()]);
}

function distrust(file: string | undefined): void {
  if (file !== undefined) authorities.delete(file);
}
