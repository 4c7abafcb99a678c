import type { Lab, RequestCounts } from "../../lab/index.js";
import type { Step } from "../engine/events.js";
import type { DrivenStack, Run, State } from "../engine/stack.js";

/** What one command did, in the terms in which two engines are compared. */
export interface Recorded {
  readonly command: string;
  readonly succeeded: boolean;
  /** Requests to the lab, by route and count. */
  readonly calls: Readonly<Record<string, number>>;
  /** The state afterwards, a line a resource with its inputs and outputs. */
  readonly state: readonly string[];
  /** What was planned and done, a line a step with its properties. */
  readonly previewed: readonly string[];
  readonly done: readonly string[];
  /** Errors and warnings as a user reads them. */
  readonly said: readonly string[];
}

/**
 * A stack of which every command is recorded.
 * @param records what is recorded goes to its end
 */
export function recording(stack: DrivenStack, lab: Lab, records: Recorded[]): DrivenStack {
  const recorded = async (command: string, work: () => Promise<Run>): Promise<Run> => {
    const before = lab.requests();
    const run = await work();
    const plain = normalizer(lab, stack);
    records.push({
      command,
      succeeded: run.code === 0,
      calls: since(before, lab.requests()),
      state: linesOf(await stack.exportState()).map(plain),
      previewed: run.previewed.map(stepLine).map(plain).sort(),
      done: run.changes.map(stepLine).map(plain).sort(),
      said: run.diagnostics
        .filter(({ severity }) => severity !== "info" && severity !== "info#err")
        .map(({ severity, message }) => plain(`${severity}: ${message.trim()}`))
        .filter((line) => !engineAlone.test(line))
        .sort(),
    });
    return run;
  };
  const own = Object.create(stack, {});
  return Object.assign(own, {
    preview: (options?: { refresh?: boolean }) =>
      recorded(`preview${options?.refresh ? " --refresh" : ""}`, () => stack.preview(options)),
    up: (options?: { skipPreview?: boolean }) =>
      recorded(`up${options?.skipPreview ? " --skip-preview" : ""}`, () => stack.up(options)),
    refresh: () => recorded("refresh", () => stack.refresh()),
    destroy: () => recorded("destroy", () => stack.destroy()),
    run: (...args: string[]) => recorded(args.join(" "), () => stack.run(...args)),
    start: (...args: string[]) => stack.start(...args),
    write: (file: string, contents: string | Uint8Array) => stack.write(file, contents),
    plan: (plan: unknown) => stack.plan(plan),
    shiftClock: (days: number) => stack.shiftClock(days),
    cancel: () => stack.cancel(),
    endOrphans: () => stack.endOrphans(),
    exportState: () => stack.exportState(),
    stateText: () => stack.stateText(),
    dispose: () => stack.dispose(),
  });
}

/** What is said of the run as a whole, and of plugins, of which there are none here. */
const engineAlone = /^error: (?:update|preview|refresh|destroy) failed$|^warning: using pulumi-resource-/;

/** The requests between two counts. */
function since(before: RequestCounts, after: RequestCounts): Record<string, number> {
  const flat = ({ byRoute, batched, dns, directory }: RequestCounts): Record<string, number> => ({
    ...byRoute,
    ...Object.fromEntries(Object.entries(batched).map(([route, count]) => [`in a batch ${route}`, count])),
    "dns queries": dns.queries,
    "dns updates": dns.updates,
    ...Object.fromEntries(Object.entries(directory).map(([name, count]) => [`directory ${name}`, count])),
  });
  const was = flat(before);
  return Object.fromEntries(
    Object.entries(flat(after))
      .map(([name, count]) => [name, count - (was[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** The engine's own resources are left out: their ids are random, and plugins of theirs there are none. */
function linesOf({ resources, pending_operations }: State): string[] {
  return [
    ...resources
      .filter(({ type }) => !type.startsWith("pulumi:providers:"))
      .map(({ urn, inputs, outputs, initErrors, id }) => sorted({ urn, id, inputs, outputs, initErrors })),
    ...pending_operations.map(({ type, resource }) => `pending ${type} ${resource.urn}`),
  ].sort();
}

const stepLine = ({ op, urn, replaceKeys, oldInputs, newInputs, oldOutputs, newOutputs, failed }: Step) =>
  sorted({ urn, op, replaceKeys, oldInputs, newInputs, oldOutputs, newOutputs, failed });

/** JSON with sorted keys, without secrets in the one form or the other. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    if ("4dabf18193072939515e22adb298388d" in part) return "<secret>";
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** Makes of what differs by nature what does not: addresses, times, random ids. */
function normalizer(lab: Lab, stack: DrivenStack): (line: string) => string {
  const addresses = Object.entries(lab.addresses).sort(([, one], [, other]) => other.length - one.length);
  return (line) => {
    let text = line.replaceAll(stack.folder, "<folder>");
    for (const [name, address] of addresses) text = text.replaceAll(address, `<${name}>`);
    return text
      .replaceAll(/127\.0\.0\.1:\d+|\bport \d+/g, "<port>")
      .replaceAll(/\b[0-9a-f]{32}\b/g, "<id>")
      .replaceAll(/lab authority [0-9a-f]+/g, "<authority>")
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, "<time>")
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<id>")
      .replaceAll(/\bms\d{8}\b/gi, "<code>");
  };
}
