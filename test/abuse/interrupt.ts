import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "../../lab/index.js";
import type { Run, Running } from "../engine/stack.js";
import { outcomeOf, spilled } from "./outcome.js";
import type { Scene } from "./scene.js";

/** Whose requests are counted: those of all services, or of a DNS host whose resources Pulumi's own plugin manages. */
export type Counted = "any" | "cloudflare" | "azure";

/** One moment at which `pulumi up` is interrupted: at request `k` (from 0) of a service, before or after it took effect. */
export interface Point {
  readonly service: Counted;
  readonly k: number;
  readonly when: "before" | "after";
  readonly signal: "SIGKILL" | "SIGINT";
  /** Whether the provider's process, which a killed engine leaves, lives on beside the next run. */
  readonly orphan: boolean;
}

/** What came of it. */
export interface Verdict {
  readonly point: Point;
  /** The request: `graph POST /domains`; undefined when the run ended before it. */
  readonly request: string | undefined;
  /** From the signal to the end of the command, milliseconds. */
  readonly endedAfterMs: number;
  /** What is not as it would be without the interruption; empty when all is well. */
  readonly problems: readonly string[];
}

/** A run without an interruption, to compare with. */
export interface Reference {
  readonly requests: number;
  /** Where everything stands once the services have done what they were asked for. */
  outcome(): Promise<unknown>;
  readonly undisturbed: unknown;
}

/** How long Ctrl-C may take, milliseconds. */
const interruptMs = 5000;
/** Cloudflare's plugin ends no request for one Ctrl-C: a second one ends the run, and may leave a pending operation. */
const secondMs = 2000;

/** How a step is watched. */
export interface Watched {
  /** Lets the services end what they do by themselves, before outcomes are compared. */
  readonly settle?: ((scene: Scene) => Promise<void>) | undefined;
  /** Whose requests are counted. @default any */
  readonly service?: Counted;
}

/** Runs `pulumi up` undisturbed, and counts its requests. */
export async function undisturbed(
  scene: Scene,
  { settle, service = "any" }: Watched = {},
): Promise<Reference> {
  scene.lab.faults.set({ kind: "hang", service, skip: Number.MAX_SAFE_INTEGER });
  // As what is interrupted: the preview before it writes nothing, and its requests are none of the points.
  const run = await scene.rehearsal.stack.up({ skipPreview: true });
  const [rule] = scene.lab.faults.list();
  scene.lab.faults.clear();
  if (run.code !== 0 || rule === undefined) throw new Error(`pulumi up failed undisturbed:\n${run.errors}`);
  const outcome = async () => {
    await settle?.(scene);
    return outcomeOf(scene);
  };
  return { requests: rule.seen, outcome, undisturbed: await outcome() };
}

/** Puts the scene back, interrupts `pulumi up` at a point, does what a user would, and runs it again. */
export async function interruptAt(
  scene: Scene,
  point: Point,
  reference: Reference,
  planted: readonly string[],
): Promise<Verdict> {
  await scene.restore();
  const { stack } = scene.rehearsal;
  for (const rule of stopTheWorld(point)) scene.lab.faults.set(rule);
  const hit = () => scene.lab.faults.list().find(({ hits }) => hits > 0)?.last;
  const running = stack.start("up", "--yes", "--skip-preview");
  const request = await reached(running, hit);
  if (request === undefined) return { point, request, endedAfterMs: 0, problems: [] };
  const asked = performance.now();
  running.kill(point.signal);
  const twice = point.signal === "SIGINT" && point.service === "cloudflare";
  const second = twice ? setTimeout(() => running.kill("SIGINT"), secondMs) : undefined;
  const interrupted = await running.ended;
  clearTimeout(second);
  const endedAfterMs = performance.now() - asked;
  const problems = [];
  if (point.signal === "SIGINT") {
    if (endedAfterMs > interruptMs) problems.push(`Ctrl-C took ${Math.round(endedAfterMs)} ms`);
    if (interrupted.code === 0) problems.push("Ctrl-C ended with code 0");
    const { pending_operations: pending } = await stack.exportState();
    if (pending.length > 0 && !twice) problems.push(`Ctrl-C left ${pending.length} pending operations`);
  }
  if (!point.orphan) await stack.endOrphans();
  // What hung is cut off now; an orphan goes on from there, beside the next run.
  scene.lab.faults.clear();
  if (point.signal === "SIGKILL") await stack.cancel();
  // As what was interrupted.
  const next = await stack.up({ skipPreview: true });
  if (next.code !== 0) problems.push(`the next up failed: ${next.errors}`);
  problems.push(...differences(reference.undisturbed, await reference.outcome()));
  problems.push(...(await spilled(stack.folder, [...said(interrupted), ...said(next)], planted)));
  return { point, request, endedAfterMs, problems };
}

/** Whether a request named as the lab names it changes something. */
export function isWrite(request: string): boolean {
  return /^graph (POST|PATCH|DELETE)|^exchange (?!Get-|Test-)|^directory modify|^dns |^(cloudflare|azure) (POST|PUT|PATCH|DELETE)/.test(
    request,
  );
}

function stopTheWorld({ service, k, when }: Point): FaultRule[] {
  const rest: FaultRule = { kind: "hang", service, skip: k };
  return when === "before" ? [rest] : [{ kind: "hang-after", service, skip: k, count: 1 }, rest];
}

async function reached(running: Running, hit: () => string | undefined): Promise<string | undefined> {
  let ended = false;
  void running.ended.finally(() => (ended = true));
  while (!ended) {
    const request = hit();
    if (request !== undefined) return request;
    await sleep(5);
  }
  return hit();
}

const said = ({ stdout, stderr }: Run) => [stdout, stderr];

/** Where two JSON values differ, a line a place. */
export function differences(expected: unknown, actual: unknown, path = ""): string[] {
  if (isNode(expected) && isNode(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) =>
      differences(Reflect.get(expected, key), Reflect.get(actual, key), `${path}/${key}`),
    );
  }
  return JSON.stringify(expected) === JSON.stringify(actual)
    ? []
    : [`${path} is ${short(actual)} instead of ${short(expected)}`];
}

function isNode(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

const short = (value: unknown) => JSON.stringify(value)?.slice(0, 200) ?? "absent";
