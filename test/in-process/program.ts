import { setImmediate } from "node:timers/promises";
import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { runInPulumiStack } from "@pulumi/pulumi/runtime/stack.js";
import { z } from "zod";
import { monitorOf, type Registrations } from "./monitor.js";
import { type Instance, type Surroundings, startBundle } from "./sandbox.js";
import { awaitFeatures, awaitRequests, connect, type Log, logEngine, withStore } from "./sdk-runtime.js";

/** What the language host is told of a run. */
export interface ProgramOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly dryRun: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
  readonly engine: Registrations;
  readonly log: Log;
  /** @default the default program */
  readonly program?: Program;
}

/** A program of a user's own: declares with what the package gives it, and returns what it exports. */
export type Program = (mailstage: Mailstage) => object;

/** What the program's bundle gives. */
export type Mailstage = typeof import("../../stacks/program.js");

const callable = z.custom<never>((value) => typeof value === "function");
const bundle: z.ZodType<Mailstage> = z.looseObject({ declareStack: callable, StagedMigration: callable });
const defaultProgram: Program = ({ declareStack }) => declareStack();

/** A program that runs. */
export interface Running {
  /**
   * Settled when it has declared everything: with why it failed, or with nothing. An engine that ends the run answers no more,
   * and then it never is.
   */
  readonly declared: Promise<Error | undefined>;
  /** The run is over, and nobody will answer it any more. Settled when another run may have its instance. */
  release(): Promise<void>;
}

/** Runs the program as the language host does (cmd/run/run.js), beneath the SDK's own runtime, in a store of its own. */
export function runProgram(options: ProgramOptions): Running {
  let instance: Instance | undefined;
  return {
    declared: declare(options, (started) => {
      instance = started;
    }),
    async release() {
      const own = instance;
      instance = undefined;
      if (own === undefined) return;
      // What it was answered last it still thinks about in this turn.
      await setImmediate();
      own.release();
    },
  };
}

function declare(options: ProgramOptions, started: (instance: Instance) => void): Promise<Error | undefined> {
  return withStore(async () => {
    const {
      project,
      stack,
      organization,
      dryRun,
      config,
      engine,
      log,
      surroundings,
      program = defaultProgram,
    } = options;
    resetOptions(project, stack, -1, "engine", "monitor", dryRun, organization);
    connect(logEngine(log), monitorOf(engine));
    setAllConfig({ ...config }, []);
    await awaitFeatures();
    let failure: Error | undefined;
    let fail: () => void = () => {};
    const failed = new Promise<void>((fulfil) => {
      fail = fulfil;
    });
    const instance = startBundle("stacks/program.js", surroundings);
    started(instance);
    const declared = runInPulumiStack(async () => {
      try {
        return program(bundle.parse(instance.exports));
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        fail();
        // Rejected, it would be an unhandled rejection of this whole process.
        return new Promise<never>(() => {});
      }
    });
    await Promise.race([declared, failed]);
    if (failure !== undefined) return failure;
    await awaitRequests();
    return undefined;
  });
}
