import { AsyncLocalStorage } from "node:async_hooks";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { z } from "zod";
import { lightenOutputs } from "./sdk-output.js";
import { lightenProperties } from "./sdk-properties.js";
import { holdStructs } from "./struct.js";

/** A message to the engine. */
export interface Said {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}
export type Log = (said: Said) => void;

type Answer = (error: Error | null, answer?: unknown) => void;

/** The engine's own service, of which only the log is asked. */
export function logEngine(log: Log): object {
  const severities = new Map<number, Said["severity"]>([
    [LogSeverity.DEBUG, "debug"],
    [LogSeverity.INFO, "info"],
    [LogSeverity.WARNING, "warning"],
    [LogSeverity.ERROR, "error"],
  ]);
  return {
    log(request: LogRequest, answer: Answer) {
      log({
        severity: severities.get(request.getSeverity()) ?? "debug",
        message: request.getMessage(),
        urn: request.getUrn(),
        ephemeral: request.getEphemeral(),
      });
      answer(null);
    },
    setRootResource: (_request: unknown, answer: Answer) => answer(null),
    close() {},
  };
}

const callable = z.custom<(...args: unknown[]) => unknown>((value) => typeof value === "function");
/** What the SDK keeps to itself of its runtime (3.270): everything it remembers of a run is in a store that can be one's own. */
const internals = z.looseObject({ withLocalStorage: callable, getStore: callable });

let kept: z.output<typeof internals> | undefined;
const state = (): z.output<typeof internals> => {
  kept ??= internals.parse(require("@pulumi/pulumi/runtime/state.js"));
  return kept;
};

let lightened = false;

/** What the SDK does for its own debugging alone takes a third of a run: it keeps a trace of every promise, and tells each step. */
function withoutDebugging(): void {
  if (lightened) return;
  lightened = true;
  lightenOutputs();
  lightenProperties();
  Reflect.set(
    require("@pulumi/pulumi/runtime/debuggable.js"),
    "debuggablePromise",
    (promise: unknown) => promise,
  );
  Reflect.set(require("@pulumi/pulumi/log/index.js"), "debug", async () => undefined);
  holdStructs();
  // Where in the program a resource stands: told to the engine, and nothing of ours reads it.
  Reflect.set(require("@pulumi/pulumi/resource.js").Resource, "callsites", () => []);
}

/** Sets what the SDK speaks to, in the store that is in force. */
export function connect(engine: object, monitor?: object): void {
  withoutDebugging();
  const settings: unknown = Reflect.get(Object(state().getStore()), "settings");
  if (typeof settings !== "object" || settings === null)
    throw new Error("the SDK keeps its settings elsewhere");
  Object.assign(settings, { engine, ...(monitor && { monitor }) });
}

/** Makes a store of one's own, as a process has it; what is returned runs work in it. */
export function inOwnStore(engine: object): <T>(work: () => T) => T {
  let inside: (<T>(work: () => T) => T) | undefined;
  state().withLocalStorage(() => {
    connect(engine);
    const snapshot = AsyncLocalStorage.snapshot();
    inside = (work) => snapshot(work);
  });
  if (inside === undefined) throw new Error("the SDK runs nothing in a store of its own");
  return inside;
}

/** Waits until the SDK knows what the monitor can do. */
export async function awaitFeatures(): Promise<void> {
  const settings = z
    .looseObject({ awaitFeatureSupport: callable, waitForRPCs: callable })
    .parse(require("@pulumi/pulumi/runtime/settings.js"));
  await settings.awaitFeatureSupport();
}

/** Waits until nothing that the program asked for is open. */
export async function awaitRequests(): Promise<void> {
  const settings = z
    .looseObject({ waitForRPCs: callable })
    .parse(require("@pulumi/pulumi/runtime/settings.js"));
  await settings.waitForRPCs();
}

/** Runs work in a fresh store. */
export function withStore<T>(work: () => Promise<T>): Promise<T> {
  return new Promise((fulfil, reject) => {
    state().withLocalStorage(() => void work().then(fulfil, reject));
  });
}
