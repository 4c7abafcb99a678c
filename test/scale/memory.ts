import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Resident memory of one command of the engine, MB; memory that its processes share is counted for each. */
export interface Memory {
  /** The engine and everything it started: language host, program, provider plugin. */
  readonly all: number;
  /** The engine alone. */
  readonly engine: number;
}

/** How long it is between two looks, milliseconds: a look reads a file for every process of the machine. */
const everyMs = 2000;

/** Watches commands by their process ids, all of them in one look, from the first that is added to the last that ends. */
export class MemoryWatch {
  readonly #peaks = new Map<number, Memory>();
  #watching = false;

  /** Begins to watch a command. */
  add(leader: number): void {
    this.#peaks.set(leader, { all: 0, engine: 0 });
    if (!this.#watching) void this.#watch();
  }

  /** Ends it; what the command held at most. */
  take(leader: number): Memory {
    const peak = this.#peaks.get(leader) ?? { all: 0, engine: 0 };
    this.#peaks.delete(leader);
    return peak;
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#peaks.size > 0) {
      await this.#look();
      await sleep(everyMs);
    }
    this.#watching = false;
  }

  async #look(): Promise<void> {
    const processes = await readProcesses();
    const sums = new Map<number, number>();
    for (const [pid, { residentKb }] of processes) {
      let at = pid;
      while (at > 1 && !this.#peaks.has(at)) at = processes.get(at)?.parent ?? 0;
      if (at > 1) sums.set(at, (sums.get(at) ?? 0) + residentKb);
    }
    for (const [leader, kb] of sums) {
      const now = { all: megabytes(kb), engine: megabytes(processes.get(leader)?.residentKb ?? 0) };
      if (now.all > (this.#peaks.get(leader)?.all ?? Number.POSITIVE_INFINITY)) this.#peaks.set(leader, now);
    }
  }
}

const megabytes = (kb: number) => Math.round(kb / 1024);

/** All processes, from /proc; none where there is no /proc. */
async function readProcesses(): Promise<Map<number, { parent: number; residentKb: number }>> {
  const processes = new Map<number, { parent: number; residentKb: number }>();
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    processes.set(Number(pid), { parent: field("PPid"), residentKb: field("VmRSS") });
  }
  return processes;
}
