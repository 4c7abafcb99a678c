import type { dynamic } from "@pulumi/pulumi";
import { z } from "zod";
import { type Adopting, adoptingOf } from "../src/base/adoption.js";
import { parseJson } from "../src/base/json.js";
import { keepSecret } from "../src/base/redaction.js";
import { projectRoot } from "../src/plan/project-root.js";
import { currentRun, type Run } from "../src/plan/run.js";
import { configKey, type Secret, secretOf } from "../src/plan/secrets.js";
import { dnsJournalFile, inPlace, located, placeOf } from "../src/snapshots/place.js";
import { say } from "./engine-log.js";

/** What a handler is given besides its inputs. */
export interface Context {
  /** Folder of Pulumi.yaml: paths in a plan are relative to it. */
  readonly root: string;
  /** What this run's handlers share. */
  readonly run: Run;
  /** Name of the stack. */
  readonly stack: string;
  /**
   * Path or URL of the file where changes of DNS are noted before they are sent.
   * @param named where the resource was told; else it follows from the plan of stack config
   */
  dnsJournal(named: string | undefined): string;
  /** The DNS host that the plan names now, the program's or that of stack config; undefined where neither names one. */
  readonly dnsHost: string | undefined;
  /** A secret: from the environment first, then from stack config (which is frozen between updates). */
  secret(secret: Secret): string | undefined;
  /** A line on the resource's own row while the operation runs, at most one a second; nothing is left of it afterwards. */
  progress(message: string): Promise<void>;
  /** A line that stays in the diagnostics of the run. */
  info(message: string): Promise<void>;
  /** A warning that stays in the diagnostics of the run. */
  warn(message: string): Promise<void>;
  /** An error that stays in the diagnostics of the run and ends nothing: what a preview has to say before the update refuses. */
  error(message: string): Promise<void>;
  /** Says what was found while `mailstage adopt` looks; undefined in every other run. */
  readonly adopting: Adopting | undefined;
}

/** How often a line of progress is worth its way through the engine, milliseconds. */
const progressMs = 1000;

/** @param resourceUrn of the resource that the handler serves, where it has one */
export function context(config: dynamic.Config | undefined, resourceUrn: unknown): Context {
  const urn = typeof resourceUrn === "string" ? resourceUrn : undefined;
  // urn:pulumi:<stack>::<project>::<type>::<name>
  const stack = urn?.split("::")[0]?.split(":")[2] ?? "unnamed";
  const planNamed = () => placeNamed.parse(parseJson(config?.get("mailstage:plan") ?? ""));
  let toldAt = Number.NEGATIVE_INFINITY;
  const run = currentRun();
  return {
    get root() {
      return projectRoot();
    },
    run,
    stack,
    dnsJournal: (named) =>
      located(
        projectRoot(),
        named ?? inPlace(placeOf(planNamed()?.conversion?.snapshots, stack), dnsJournalFile),
      ),
    get dnsHost() {
      return run.dnsHost ?? planNamed()?.dns?.host;
    },
    secret: (secret) => {
      const value = secretOf(secret, config?.get(configKey(secret)));
      keepSecret(value);
      return value;
    },
    progress: async (message) => {
      if (performance.now() - toldAt < progressMs) return;
      toldAt = performance.now();
      await say("info", message, urn, true);
    },
    info: (message) => say("info", message, urn, false),
    warn: (message) => say("warn", message, urn, false),
    error: (message) => say("error", message, urn, false),
    adopting: adoptingOf(urn),
  };
}

/** The plan as it is in stack config, as far as it says where things are kept. */
const placeNamed = z
  .object({
    conversion: z.object({ snapshots: z.string().optional() }).optional().catch(undefined),
    dns: z.object({ host: z.string() }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);
