import { getStackResource } from "@pulumi/pulumi/runtime/stack.js";
import { z } from "zod";
import { type OwnReading, readOwnStack } from "./own-reading.js";

/** What this stack's state held when the run began: each resource's properties by URN. */
export type OwnState = ReadonlyMap<string, unknown>;

/** One reading a run: a process may run several programs (Automation API). */
const readings = new WeakMap<object, OwnReading>();

/** The run's reading of its own stack: what was begun, or begins now. */
export function ownReading(begun?: OwnReading): OwnReading {
  const run = getStackResource();
  if (run === undefined) return begun ?? readOwnStack();
  const reading = readings.get(run) ?? begun ?? readOwnStack();
  readings.set(run, reading);
  return reading;
}

const properties = z.record(z.string(), z.unknown());

/** This stack's outputs as they were when the run began. */
export async function ownOutputs(): Promise<Readonly<Record<string, unknown>>> {
  return properties.parse(await ownReading().outputs);
}

/** The state of this stack as it was when the run began; undefined where there is none, or none that can be read. */
export async function ownState(): Promise<OwnState | undefined> {
  try {
    const resources = await ownReading().resources;
    return resources === undefined ? undefined : new Map(Object.entries(properties.parse(resources)));
  } catch {
    return undefined;
  }
}
