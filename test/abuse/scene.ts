import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Lab, type LabPorts, startLab } from "../../lab/index.js";
import { type Rehearsal, type RehearsalOptions, rehearse } from "../engine/rehearsal.js";
import { freePorts } from "../servers/free-ports.js";

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
  let running: Lab | undefined;
  const rehearsal = await rehearse(
    { engine: "real", overNetwork: true, ...options, stateFile, ports: await labPorts() },
    () => running,
  );
  const saved = { project: join(folder, "project"), state: join(folder, "saved.json"), at: Date.now() };
  const { dnsHost } = options;
  // The same ports and secrets as before: plan, environment and tokens go on fitting.
  const open = () => startLab({ world: undefined, stateFile, ...(dnsHost === undefined ? {} : { dnsHost }) });
  const lab = () => running ?? rehearsal.lab;
  return {
    rehearsal,
    get lab() {
      return lab();
    },
    async save() {
      await lab().close();
      await rm(saved.project, { recursive: true, force: true });
      await cp(rehearsal.stack.folder, saved.project, { recursive: true });
      await cp(stateFile, saved.state);
      saved.at = Date.now();
      running = await open();
    },
    async restore() {
      await rehearsal.stack.endOrphans();
      await lab().close();
      await rm(rehearsal.stack.folder, { recursive: true, force: true });
      await cp(saved.project, rehearsal.stack.folder, { recursive: true });
      const state = stateSchema.parse(JSON.parse(await readFile(saved.state, "utf8")));
      const clockOffsetMs = state.clockOffsetMs - (Date.now() - saved.at);
      await writeFile(stateFile, JSON.stringify({ ...state, clockOffsetMs }));
      running = await open();
    },
    async close() {
      try {
        await rehearsal.close();
      } finally {
        await lab().close();
        await rm(folder, { recursive: true, force: true });
      }
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
] as const satisfies readonly (keyof LabPorts)[];

/** Ports that nothing takes while the lab is closed to be put back. */
async function labPorts(): Promise<LabPorts> {
  const ports = await freePorts(listeners.length);
  return Object.fromEntries(listeners.map((name, index) => [name, ports[index]]));
}
