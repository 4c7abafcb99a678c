import { readdirSync, readFileSync } from "node:fs";

const pageBytes = 4096;
const everyMs = 200;

interface Process {
  readonly parent: number;
  readonly residentBytes: number;
}

/** Samples what a process and all it started hold in memory; Linux only, elsewhere the peak is not a number. */
export function watchMemory(root: number): { peakMb(): number } {
  let peak = process.platform === "linux" ? 0 : Number.NaN;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(root) / 2 ** 20);
  }, everyMs).unref();
  return {
    peakMb() {
      clearInterval(timer);
      return peak;
    },
  };
}

function residentBytes(root: number): number {
  const all = processes();
  const belongs = (pid: number): boolean => {
    for (let own = pid; own > 1; own = all.get(own)?.parent ?? 0) if (own === root) return true;
    return false;
  };
  return [...all].reduce((sum, [pid, one]) => (belongs(pid) ? sum + one.residentBytes : sum), 0);
}

/** Every process by its id: fields 4 and 24 of /proc/<pid>/stat (proc_pid_stat(5)), after the name in parentheses. */
function processes(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.set(Number(name), {
        parent: Number(fields[1]),
        residentBytes: Number(fields[21]) * pageBytes,
      });
    } catch {
      // Ended between the listing and the reading.
    }
  }
  return found;
}
