import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { directSpawn } from "./direct-child.js";
import { directHttp, restWith } from "./direct-http.js";
import { directConnect, directDatagrams } from "./direct-network.js";
import { identityWith } from "./direct-sign-in.js";

const dist = resolve(__dirname, "../../dist");

/** What a process of ours sees around it. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** In place of waiting: the lab's clock goes on, and so does every clock that the code looks at. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** By how many milliseconds the clock it looks at is ahead. @default 0 */
  readonly clockAhead?: number;
  /** Whether Microsoft's services in this process are asked without TLS and sockets. @default false */
  readonly direct?: boolean;
}

/** What Pulumi starts anew for every run (scripts/setup/bundle.mjs). */
export type BundleName = "stacks/program.js" | "providers/index.js";

/** A process that is none, for the time of one run. */
export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
  /** The engine ends the run: what Node tells of a call to `Cancel`. */
  cancel(): void;
  /** It has ended: another run may have it, fresh. One that was killed is never given back. */
  release(): void;
}

type Exports = Record<string, unknown>;
type Factory = (
  exports: Exports,
  require: (name: string) => unknown,
  process: NodeJS.Process,
  performance: { now(): number },
  dates: DateConstructor,
  timer: (work: () => void, ms?: number) => NodeJS.Timeout,
  __dirname: string,
  /** Takes what makes it fresh. */
  onReset: (reset: () => void) => void,
  module: { exports: Exports },
) => void;

const isFactory = (value: unknown): value is Factory => typeof value === "function";

/**
 * The variables of our modules that hold what a process remembers, and what they begin with: empty maps and sets, nothing,
 * `false`, and the signal that ends a run. Everything else at the top of a module is never written to.
 */
const memory =
  /^var (\w+)(?: = ((?:\/\* @__PURE__ \*\/ )?new (?:Map|Set|WeakMap|WeakSet|AbortController)\(\)|false|controller\.signal))?;$/;

/** The variables of a bundle that hold what a process remembers, each with its beginning. */
export function memoryOf(source: string): Map<string, string> {
  const found = new Map<string, string>();
  let ours = false;
  for (const line of source.split("\n")) {
    const module = /^\/\/ (?:\.\.\/)*(\w+)\/.*\.[cm]?[jt]s$/.exec(line)?.[1];
    if (module !== undefined) ours = module !== "node_modules";
    const [, name, begin = "undefined"] = (ours && memory.exec(line)) || [];
    if (name !== undefined) found.set(name, begin);
  }
  return found;
}

/** How long a run that was stopped waits for what is under way, milliseconds: a lab in this process answers at once, or never. */
const graceMs = 300;

const factories = new Map<BundleName, Factory>();

function factoryOf(name: BundleName): Factory {
  const kept = factories.get(name);
  if (kept !== undefined) return kept;
  // A process parses a resource a few times, where zod's compiling of the schema does not pay; this one parses thousands.
  const source = readFileSync(join(dist, name), "utf8").replaceAll("jitless: true", "jitless: false");
  const resets = [...memoryOf(source)].map(([variable, begin]) => `${variable} = ${begin};`).join(" ");
  const parameters = [
    "exports",
    "require",
    "process",
    "performance",
    "Date",
    "setTimeout",
    "__dirname",
    "onReset",
    "module",
  ];
  const made: unknown = new Function(
    ...parameters,
    `${source}\nonReset(() => { ${resets} });\n//# sourceURL=${join(dist, name)}`,
  );
  if (!isFactory(made)) throw new Error(`${name} is no program`);
  factories.set(name, made);
  return made;
}

/** Instances that are not in use. To evaluate a bundle takes longer than most runs, so that they are made fresh instead. */
const idle = new Map<BundleName, ((surroundings: Surroundings) => Instance)[]>();

/** An instance of a bundle that remembers nothing, with surroundings of its own. Packages outside the bundle are shared. */
export function startBundle(name: BundleName, surroundings: Surroundings): Instance {
  const waiting = idle.get(name) ?? [];
  idle.set(name, waiting);
  return (waiting.pop() ?? evaluate(name))(surroundings);
}

function evaluate(name: BundleName): (surroundings: Surroundings) => Instance {
  let skipped = 0;
  let around: Surroundings = { environment: {}, wait: async () => {} };
  const isDirect = () => around.direct === true;
  let stopped = false;
  const listeners: ((message: unknown) => void)[] = [];
  const settings: object = require("@pulumi/pulumi/runtime/settings.js");
  const modules: Readonly<Record<string, unknown>> = {
    "node:timers/promises": {
      setTimeout: async (ms: number, value?: unknown, options: { signal?: AbortSignal } = {}) => {
        options.signal?.throwIfAborted();
        // Whatever else is under way gets its turn, as it would while one waits.
        await sleep(0, undefined, options);
        skipped += ms;
        await around.wait(ms);
        return value;
      },
    },
    // Messages go to the engine of the store in force.
    "@pulumi/pulumi/runtime/settings.js": { ...settings, resetOptions: () => undefined },
    "node:tls": { ...require("node:tls"), connect: directConnect(isDirect) },
    "node:child_process": { ...require("node:child_process"), spawn: directSpawn(isDirect) },
    "node:dgram": { createSocket: directDatagrams(isDirect) },
    "node:diagnostics_channel": {
      subscribe: (_name: string, listener: (message: unknown) => void) => void listeners.push(listener),
    },
  };
  const libraries = directLibraries(isDirect);
  const process_ = Object.create(process, {
    env: { get: () => around.environment },
    // As Pulumi starts its plugin: handlers tell by that where they are.
    argv: { value: [process.argv[0], `cmd/dynamic-provider/${name}`, "in-process:1"] },
    cwd: { value: () => join(dist, "stacks") },
  });
  const dates = new Proxy(Date, {
    construct: (target, given) =>
      given.length === 0 ? new target(target.now() + skipped) : Reflect.construct(target, given),
    get: (target, key) => (key === "now" ? () => target.now() + skipped : Reflect.get(target, key)),
  });
  const module = { exports: {} };
  let reset: () => void = () => {};
  factoryOf(name)(
    module.exports,
    Object.assign((wanted: string): unknown => modules[wanted] ?? libraries[wanted]?.() ?? require(wanted), {
      resolve: require.resolve,
    }),
    process_,
    { now: () => performance.now() + skipped },
    dates,
    (work, ms = 0) => setTimeout(work, stopped ? Math.min(ms, graceMs) : ms),
    dirname(join(dist, name)),
    (given) => {
      reset = given;
    },
    module,
  );
  const start = (surroundings: Surroundings): Instance => {
    reset();
    skipped = surroundings.clockAhead ?? 0;
    stopped = false;
    around = { ...surroundings, environment: { ...surroundings.environment } };
    return {
      exports: module.exports,
      cancel() {
        stopped = true;
        const message = { headers: { ":path": "/pulumirpc.ResourceProvider/Cancel" } };
        for (const listener of listeners) listener(message);
      },
      release: () => void idle.get(name)?.push(start),
    };
  };
  return start;
}

/** The libraries that send requests, loaded when they are wanted. */
function directLibraries(isDirect: () => boolean): Readonly<Record<string, () => unknown>> {
  let made: object | undefined;
  const load = () => {
    const rest: typeof import("@azure/core-rest-pipeline") = require("@azure/core-rest-pipeline");
    const client = directHttp(rest, isDirect);
    return {
      ...restWith(client, rest),
      ...identityWith(client, require("@azure/identity"), rest, isDirect),
    };
  };
  return {
    "../src/base/azure-libraries.js": () => {
      made ??= load();
      return made;
    },
  };
}
