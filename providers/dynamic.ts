import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { z } from "zod";
import { type Adopting, adoptingOf } from "../src/base/adoption.js";
import { parseJson } from "../src/base/json.js";
import { describeProblem, MailstageError, type Problem } from "../src/base/problem.js";
import { keepSecret } from "../src/base/secrets.js";
import { folded, unfolded } from "../src/contracts/folding.js";
import { onWaiting } from "../src/microsoft365/http/waiting.js";
import { newerState } from "../src/migration/state-format.js";
import { projectRoot } from "../src/plan/project-root.js";
import { currentRun, type Run } from "../src/plan/run.js";
import { configKey, type Secret } from "../src/plan/secrets.js";
import { dnsJournalFile, inPlace, located, placeOf } from "../src/snapshots/place.js";
import { watchEngine, withinGrace } from "./interruption.js";
import * as pulumi from "./sdk.js";

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

/** The outcome of `reconcile`. */
export interface Settled<O extends object> {
  readonly id: string;
  readonly outputs: O;
  /**
   * Why the resource is not ready although it exists. Saved with the state; dependents are not run, `pulumi up`
   * exits with an error that lists these reasons, and the next `up` calls `reconcile` again.
   */
  readonly blocked?: readonly string[];
}

/** What the adapter needs of a resource's contract: the schemas at the border to Pulumi's state, and what a change of an input means. */
export interface Border<I extends z.ZodObject, O extends z.ZodObject> {
  readonly inputs: I;
  readonly outputs: O;
  /** Inputs whose change replaces the resource; it is deleted before the new one is created. */
  readonly replaceOn?: readonly (keyof z.output<I> & string)[];
  /** Inputs whose change alone is no change of the resource. */
  readonly ignoreChanges?: readonly (keyof z.output<I> & string)[];
  /** Lists of names that state has by the runs of another property's; handlers have them as they are. */
  readonly folding?: Readonly<Partial<Record<string, readonly string[]>>>;
}

/** One resource's lifecycle. */
export interface Lifecycle<I extends z.ZodObject, O extends z.ZodObject> {
  /**
   * Runs in preview and before every update: refuses what cannot be done and fills in what can be known now, so that
   * a preview shows it. `news` lacks the inputs that are still unknown; `whole` are the same, once every input that must be
   * there is. Throws `MailstageError` to refuse.
   */
  check?(
    cx: Context,
    news: Partial<z.output<I>>,
    olds: z.output<I> | undefined,
    whole: z.output<I> | undefined,
  ): Promise<{ [K in keyof z.output<I>]?: z.output<I>[K] | undefined }>;
  /** Whether an update would get an unfinished resource any further. Runs in preview, only when nothing else changed. */
  pending?(cx: Context, inputs: z.output<I>, outputs: z.output<O>): Promise<boolean>;
  /** Tells what a change of the inputs means for a resource that stays, by its outputs too, which `check` has not. Runs in preview and before the update; throws `MailstageError` to refuse. */
  changing?(cx: Context, inputs: z.output<I>, outputs: z.output<O>): Promise<void>;
  /** Observe, ensure, sync, return: one flow for create, update and adoption; safe to run again at any moment. */
  reconcile(
    cx: Context,
    inputs: z.output<I>,
    prior: { readonly id: string; readonly inputs: z.output<I>; readonly outputs: z.output<O> } | undefined,
  ): Promise<Settled<z.output<O>>>;
  /**
   * What `reconcile` would come to where there is nothing left for it to do, read only: by it `mailstage adopt` knows the state of what is
   * there. It tells differences and what is absent, and goes on with what others can go by. Left out where `reconcile` only reads.
   */
  adopt?(cx: Context, adopting: Adopting, inputs: z.output<I>): Promise<Settled<z.output<O>>>;
  /** The live resource in the terms of its inputs and outputs; `undefined` when it is gone for good. */
  read(
    cx: Context,
    inputs: z.output<I>,
    outputs: z.output<O>,
    id: string,
  ): Promise<{ readonly inputs: z.output<I>; readonly outputs: z.output<O> } | undefined>;
  /** Removes the resource or refuses; a resource that is gone already is a success. */
  delete(cx: Context, inputs: z.output<I>, outputs: z.output<O>, id: string): Promise<void>;
}

type Properties = Readonly<Record<string, unknown>>;

/** A resource is parsed a few times a run: zod compiling its schema first would take ten times as long. */
const onceOnly = { jitless: true } as const;

/** Saved as it is, with its reasons: Pulumi calls update on the next `pulumi up`. */
class Blocked extends Error {
  constructor(
    readonly id: string,
    readonly properties: object,
    readonly reasons: string[],
  ) {
    super(reasons.join("\n"));
  }
}

/** A failure reported on purpose: the plugin also prints errors with their stacks on the stack's row, where this adds a pointer only. */
class Refused extends Error {
  override toString(): string {
    return "mailstage";
  }
  override stack = "see the error of the resource";
}

const engineOwned = new Set(["__provider", "resourceUrn"]);

/** Pulumi refuses `undefined`, dates and maps in outputs, after the remote work was done. */
const jsonClean = (value: object): Properties => JSON.parse(JSON.stringify(value));

const withoutEngineOwned = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).filter(([key, value]) => !engineOwned.has(key) && value !== undefined),
  );

/** The stage, which all else depends on, says in which form the state is. */
function refuseNewer(properties: Properties | undefined): void {
  const newer = newerState(properties?.["format"]);
  if (newer !== undefined) throw new MailstageError(newer);
}

const hasUnknown = (value: unknown): boolean =>
  value === unknownValue ||
  (typeof value === "object" && value !== null && Object.values(value).some(hasUnknown));

/**
 * What of `news` is known, and for the rest what was applied last. Of a resource that has not changed only ignored inputs can
 * be unknown: a preview cannot know them yet, and nothing is wrong with that.
 */
const settledInputs = (news: Properties, olds: Properties): Properties =>
  Object.fromEntries(
    Object.entries(news).map(([key, value]) => [key, hasUnknown(value) ? olds[key] : value]),
  );

watchEngine();
onWaiting((text) => void say("info", text, undefined, false));

/**
 * Turns a definition into what Pulumi's dynamic provider plugin calls. Settles the traps of that interface once. Calls are marked
 * as pure, so that the program, which needs the resources alone, is put together without the handlers (scripts/setup/bundle.mjs). The contract is an argument of its own:
 * spread into the other, it would make a call that cannot be left out.
 */
export function dynamicProvider<I extends z.ZodObject, O extends z.ZodObject>(
  border: Border<I, O>,
  lifecycle: Lifecycle<I, O>,
): dynamic.ResourceProvider {
  const definition = { ...border, ...lifecycle };
  const { folding = {} } = border;
  /** From state, and back into it. */
  const opened = (properties: Properties) => unfolded({ folding }, properties);
  const kept = (properties: Properties) => jsonClean(folded({ folding }, properties));
  let config: dynamic.Config | undefined;
  const partialInputs = definition.inputs.partial();

  const parse = <S extends z.ZodObject>(schema: S, properties: Properties, what: string): z.output<S> => {
    const result = schema.safeParse(withoutEngineOwned(properties), onceOnly);
    if (result.success) return result.data;
    const problems = result.error.issues.map(
      (issue): Problem => ({
        code: "resource-properties",
        subject: `${what} ${issue.path.join(".")}`,
        reason: issue.message,
      }),
    );
    const [first, ...rest] = problems;
    throw new MailstageError(
      first ? [first, ...rest] : { code: "resource-properties", subject: what, reason: "invalid" },
    );
  };
  const inputsOf = (properties: Properties) => parse(definition.inputs, properties, "input");
  const outputsOf = (properties: Properties) => parse(definition.outputs, properties, "state");
  function checkPartial(given: Properties): asserts given is Partial<z.output<I>> & Properties {
    parse(partialInputs, given, "input");
  }
  /** Inputs are partial while some are unknown in a preview. */
  const partialOf = (given: Properties): Partial<z.output<I>> => {
    checkPartial(given);
    return given;
  };
  const contextOf = (properties: Properties) => context(config, properties["resourceUrn"]);

  const settle = async (asked: Properties, prior: { id: string; olds: Properties } | undefined) => {
    const news = opened(asked);
    const olds = prior && opened(prior.olds);
    const cx = contextOf(news);
    const { adopting } = cx;
    const { adopt } = definition;
    const { id, outputs, blocked } = await (adopting !== undefined && adopt !== undefined
      ? told(adopting, async () => adopt(cx, adopting, inputsOf(news)))
      : definition.reconcile(
          cx,
          inputsOf(news),
          prior && olds && { id: prior.id, inputs: inputsOf(olds), outputs: outputsOf(olds) },
        ));
    const outs = kept({ ...news, ...outputs });
    if (blocked !== undefined && blocked.length > 0) throw new Blocked(id, outs, [...blocked]);
    return { id, outs };
  };

  return {
    // Nothing is awaited here: read and delete may arrive before an asynchronous configure has ended.
    configure: async (request) => {
      config = request.config;
    },

    check: (last: Properties | undefined, asked: Properties) =>
      quietly(async () => {
        const [olds, news] = [last && opened(last), opened(asked)];
        const isTold = (key: string) =>
          !hasUnknown(news[key]) && !folding[key]?.some((by) => hasUnknown(news[by]));
        const given = Object.fromEntries(
          Object.entries(withoutEngineOwned(news)).filter(([key]) => isTold(key)),
        );
        const whole = definition.inputs.safeParse(given, onceOnly);
        const parsed = whole.success ? whole.data : partialOf(given);
        if (definition.check === undefined) return { inputs: asked, failures: [] };
        const before = olds === undefined ? undefined : withoutEngineOwned(olds);
        const previous =
          before === undefined || Object.keys(before).length === 0 || hasUnknown(before)
            ? undefined
            : definition.inputs.safeParse(before, onceOnly);
        // State written by an earlier version may lack an input; then it is treated as new.
        const cx = contextOf(news);
        const checked = await refusals(async () => {
          refuseNewer(before);
          return definition.check?.(cx, parsed, previous?.data, whole.data);
        }, cx.adopting);
        return { inputs: kept({ ...news, ...checked.value }), failures: checked.failures };
      }),

    diff: (_id, last: Properties, asked: Properties) =>
      quietly(async () => {
        const [olds, news] = [opened(last), opened(asked)];
        const ignored = new Set<string>(definition.ignoreChanges);
        const keys = new Set([
          ...Object.keys(withoutEngineOwned(news)),
          ...Object.keys(definition.inputs.shape).filter((key) => olds[key] !== undefined),
        ]);
        const changed = [...keys].filter(
          (key) => !ignored.has(key) && !isDeepStrictEqual(olds[key] ?? undefined, news[key] ?? undefined),
        );
        const replaces = changed.filter((key) => definition.replaceOn?.some((own) => own === key));
        const given = () => [contextOf(news), inputsOf(settledInputs(news, olds)), outputsOf(olds)] as const;
        if (changed.length > 0 && replaces.length === 0 && definition.changing !== undefined)
          await definition.changing(...given());
        const changes =
          changed.length > 0 || (definition.pending !== undefined && (await definition.pending(...given())));
        return { changes, replaces, deleteBeforeReplace: true };
      }),

    create: (news: Properties) => quietly(() => settle(news, undefined)),

    update: (id, olds: Properties, news: Properties) =>
      quietly(async () => ({ outs: (await settle(news, { id, olds })).outs })),

    read: (id, saved: Properties) =>
      quietly(async () => {
        const properties = opened(saved);
        refuseNewer(properties);
        const found = await definition.read(
          contextOf(properties),
          inputsOf(properties),
          outputsOf(properties),
          id,
        );
        if (found === undefined) return { id: "", props: {} };
        const { resourceUrn } = properties;
        return {
          id,
          props: kept({ ...properties, ...found.inputs, ...found.outputs }),
          inputs: kept({ ...found.inputs, resourceUrn }),
        };
      }),

    delete: (id, saved: Properties) =>
      quietly(async () => {
        const properties = opened(saved);
        await definition.delete(contextOf(properties), inputsOf(properties), outputsOf(properties), id);
      }),
  };
}

/**
 * A refusal of `check` becomes one failure a problem, shown on the resource's row. The failures name no property: the
 * engine would print its value, secret or not.
 */
async function refusals<T>(
  work: () => Promise<T> | undefined,
  adopting: Adopting | undefined,
): Promise<{ value?: T | undefined; failures: dynamic.CheckFailure[] }> {
  try {
    return { value: await work(), failures: [] };
  } catch (thrown) {
    if (!(thrown instanceof MailstageError)) throw thrown;
    // Others are looked at all the same, so that all that differs is told at once; nothing is adopted then.
    if (adopting !== undefined) {
      adopting.differs(...thrown.problems);
      return { failures: [] };
    }
    return {
      failures: thrown.problems.map((problem) => ({ property: "", reason: describeProblem(problem) })),
    };
  }
}

/** What ends the look is told with everything that was found before. */
async function told<T>(adopting: Adopting, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof MailstageError) adopting.differs(...thrown.problems);
    throw thrown;
  }
}

/** Errors reach the user as a message without a stack; anything thrown that is no error would hang the engine. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await withinGrace(work);
  } catch (thrown) {
    if (thrown instanceof Blocked) throw thrown;
    if (thrown instanceof MailstageError) throw new Refused(thrown.message);
    throw thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

/** How often a line of progress is worth its way through the engine, milliseconds. */
const progressMs = 1000;

function context(config: dynamic.Config | undefined, resourceUrn: unknown): Context {
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
      const value = process.env[secret.environment] ?? config?.get(configKey(secret));
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

let connected = false;

/** Log lines of a dynamic provider go to the stack's row unless they name a resource; the engine's address is argv[2]. */
async function say(
  level: "info" | "warn" | "error",
  message: string,
  urn: string | undefined,
  ephemeral: boolean,
) {
  const engine = process.argv[2];
  if (engine === undefined || !engine.includes(":")) return;
  if (!connected) {
    resetOptions("mailstage", "mailstage", -1, engine, "", false, "");
    connected = true;
  }
  const resource = urn === undefined ? undefined : rowOf(urn);
  await pulumi.log[level](message, resource, undefined, ephemeral);
}

/** The only thing `pulumi.log` reads of a resource is its URN. */
function rowOf(urn: string): pulumi.Resource {
  const row: Pick<pulumi.Resource, "urn"> = { urn: pulumi.output(urn) };
  return Object.assign(Object.create(pulumi.Resource.prototype), row);
}
