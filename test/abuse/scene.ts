import { randomInt } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Lab, type LabPorts, startLab } from "../../src/lab/index.js";
import { type Rehearsal, type RehearsalOptions, rehearse } from "../engine/rehearsal.js";

/** A rehearsal that can be put back to where it was saved, lab, project and state. */
export interface Scene {
  readonly rehearsal: Rehearsal;
  /** The lab as it runs now: another one after each `save` and `restore`. */
  readonly lab: Lab;
  /** Keeps everything as it is now, in place of what was kept before. */
  save(): Promise<void>;
  /** Puts everything back, the lab's time included, and ends what killed runs left. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

const stateSchema = z.looseObject({ clockOffsetMs: z.number() });

/** Starts a rehearsal whose lab keeps its state in a file. */
export async function openScene(options: RehearsalOptions = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-scene-"));
  const stateFile = join(folder, "lab.json");
  const rehearsal = await rehearse({ ...options, stateFile, ports: await lastingPorts() });
  const saved = { project: join(folder, "project"), state: join(folder, "saved.json"), at: Date.now() };
  const { dnsHost } = options;
  // The same ports and secrets as before: plan, environment and tokens go on fitting.
  const open = () => startLab({ world: undefined, stateFile, ...(dnsHost === undefined ? {} : { dnsHost }) });
  let lab = rehearsal.lab;
  return {
    rehearsal,
    get lab() {
      return lab;
    },
    async save() {
      await lab.close();
      await rm(saved.project, { recursive: true, force: true });
      await cp(rehearsal.stack.folder, saved.project, { recursive: true });
      await cp(stateFile, saved.state);
      saved.at = Date.now();
      lab = await open();
    },
    async restore() {
      await rehearsal.stack.endOrphans();
      await lab.close();
      await rm(rehearsal.stack.folder, { recursive: true, force: true });
      await cp(saved.project, rehearsal.stack.folder, { recursive: true });
      const state = stateSchema.parse(JSON.parse(await readFile(saved.state, "utf8")));
      const clockOffsetMs = state.clockOffsetMs - (Date.now() - saved.at);
      await writeFile(stateFile, JSON.stringify({ ...state, clockOffsetMs }));
      lab = await open();
    },
    async close() {
      await rehearsal.stack.dispose();
      await lab.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const listeners = [
  "authority",
  "graph",
  "exchange",
  "regional",
  "control",
  "dns",
  "resolver",
  "ldaps",
  "rpcProxy",
  "dnsHost",
] as const;

/**
 * Free ports for a lab that is closed and opened again. They lie below those a system gives to connections and to servers
 * that ask for none (32768 on Linux): one of them would be taken in between, sooner or later.
 */
async function lastingPorts(): Promise<LabPorts> {
  for (;;) {
    const first = randomInt(1_100, 3_200) * 10;
    const ports = Object.fromEntries(listeners.map((name, index) => [name, first + index]));
    const free = await Promise.all(Object.values(ports).map(isFree));
    if (!free.includes(false)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
