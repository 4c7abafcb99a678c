import { RunError } from "@pulumi/pulumi/errors.js";
import { Deployment, type Moment } from "./deployment.js";
import { EventLog } from "./events.js";
import { Plugins } from "./plugins.js";
import { type Program, type Running, runProgram } from "./program.js";
import { copyOf, type Resource, rootType, type Snapshot } from "./resource.js";
import type { Surroundings } from "./sandbox.js";
import { SnapshotManager } from "./snapshot.js";
import type { Properties } from "./values.js";

/** What is done to a stack. */
export interface Operation {
  readonly kind: "update" | "refresh" | "destroy";
  readonly dryRun: boolean;
  /** Look at everything first. */
  readonly refresh?: boolean;
  /** URNs; nothing else is touched. */
  readonly targets?: readonly string[];
}

/** A stack and its surroundings. */
export interface EngineOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly config: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
  readonly base: Snapshot;
  /** @default the default program */
  readonly program?: Program;
  /** Every state that the run goes through; not in a preview. */
  save(snapshot: Snapshot): void;
  /** Outputs of another stack by its name; undefined where there is none. */
  outputsOf(stack: string): Promise<Properties | undefined>;
  readonly killAt?: (moment: Moment) => boolean;
}

/** What a run has told, as text too, and whether it succeeded. */
export type Done = Pick<EventLog, "lines" | "events"> & { readonly succeeded: boolean };

/** A run under way. */
export interface EngineRun {
  readonly ended: Promise<Done>;
  /** Ctrl-C: what is under way comes to its end, as far as the handlers let it. */
  interrupt(): void;
  /** The end of the engine, of which its plugins learn. It never ends then. */
  kill(): void;
}

/** Does what `pulumi preview`, `up`, `refresh` and `destroy` do, once. */
export function runEngine(options: EngineOptions, operation: Operation): EngineRun {
  const { project, stack, organization, config, surroundings } = options;
  const { dryRun, kind } = operation;
  const base: Snapshot = {
    resources: options.base.resources.map(copyOf),
    operations: options.base.operations,
  };
  const log = new EventLog(dryRun);
  const says = (said: Parameters<EventLog["said"]>[0]) => log.said(said);
  const own = `${organization}/${project}/${stack}`;
  const snapshots = new SnapshotManager(base, dryRun ? () => {} : options.save);
  const held = () => (dryRun ? base : snapshots.current).resources;
  const stackOutputs = async (name: string): Promise<Properties> => {
    const outputs =
      name === own ? held().find(({ type }) => type === rootType)?.outputs : await options.outputsOf(name);
    if (outputs === undefined && name !== own) throw new Error(`unknown stack "${name}"`);
    return outputs ?? {};
  };
  const plugins = new Plugins(
    {
      stack,
      project,
      config: kind === "update" ? config : undefined,
      surroundings,
      log: says,
      stackOutputs,
    },
    base.resources,
  );
  const deployment = new Deployment({
    planning: {
      stack,
      project,
      dryRun,
      log,
      targets: operation.targets === undefined ? undefined : new Set(operation.targets),
    },
    base,
    plugins,
    snapshots,
    log,
    killAt: (moment) => {
      if (options.killAt?.(moment) !== true) return false;
      void program?.release();
      plugins.end();
      return true;
    },
    invoke: (token, args) => invoke(token, args, stackOutputs, held),
  });
  let program: Running | undefined;
  const run = async () => {
    log.prelude(config);
    if (base.operations.length > 0 && !dryRun && kind === "update")
      log.warning(
        `Attempting to deploy or update resources with ${base.operations.length} pending operations from previous deployment.`,
      );
    if ((kind === "refresh" || operation.refresh) && !(await deployment.refresh())) return false;
    if (kind === "refresh") return true;
    if (kind === "update") {
      program = runProgram({
        project,
        stack,
        organization,
        dryRun,
        config,
        surroundings,
        engine: deployment,
        ...(options.program === undefined ? {} : { program: options.program }),
        log: says,
      });
      const failure = await Promise.race([program.declared, deployment.failed.then(() => "failed" as const)]);
      if (failure instanceof Error) {
        says({ severity: "error", message: reasonOf(failure), urn: "", ephemeral: false });
      }
      if (failure !== undefined) {
        await deployment.abandon();
        return false;
      }
    }
    await deployment.finish();
    return true;
  };
  return {
    ended: run().then(async (went) => {
      // The next run has the same instance then, whose code is compiled: each of another one's classes are others.
      await program?.release();
      plugins.end();
      log.summary();
      return { lines: log.lines, events: log.events, succeeded: went && !log.failed };
    }),
    interrupt: () => {
      plugins.cancel();
      deployment.cancel();
    },
    kill: () => {
      deployment.kill();
      void program?.release();
      plugins.cancel();
    },
  };
}

/** How the language host tells why a program failed (cmd/run/run.js). */
function reasonOf(failure: Error): string {
  const { message, stack } = failure;
  return RunError.isInstance(failure)
    ? message
    : `Running program failed with an unhandled exception:\n${stack}`;
}

/** The engine's own functions, of which the program uses two (builtins.go); plugins of ours have none. */
async function invoke(
  token: string,
  args: Properties,
  stackOutputs: (name: string) => Promise<Properties>,
  resources: () => readonly Resource[],
): Promise<Properties> {
  if (token === "pulumi:pulumi:readStackOutputs") {
    const name = String(args["name"]);
    return { name, outputs: await stackOutputs(name), secretOutputNames: [] };
  }
  if (token === "pulumi:pulumi:readStackResourceOutputs")
    return {
      name: args["stackName"],
      outputs: Object.fromEntries(resources().map(({ urn, type, outputs }) => [urn, { type, outputs }])),
    };
  throw new Error(`unknown function ${token}`);
}
