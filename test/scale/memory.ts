import { readdir, readFile } from "node:fs/promises";

/** Resident memory of one command of the engine, MB. */
export interface Memory {
  /** The engine and everything it started: language host, program, provider plugin. */
  readonly all: number;
  /** The engine alone. */
  readonly engine: number;
}

/** What a process and all its descendants hold now, from /proc; nothing where there is no /proc. */
export async function memoryOf(leader: number): Promise<Memory> {
  const processes = new Map<number, { parent: number; residentKb: number }>();
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    processes.set(Number(pid), { parent: field("PPid"), residentKb: field("VmRSS") });
  }
  let all = 0;
  for (const [pid, { residentKb }] of processes) {
    let at = pid;
    while (at !== leader && at > 1) at = processes.get(at)?.parent ?? 0;
    if (at === leader) all += residentKb;
  }
  const megabytes = (kb: number) => Math.round(kb / 1024);
  return { all: megabytes(all), engine: megabytes(processes.get(leader)?.residentKb ?? 0) };
}
