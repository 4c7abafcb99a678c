import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { csvCost } from "./csv.js";
import { floors } from "./floors.js";
import { licenseLoop } from "./license-loop.js";
import { type Cost, costOf, growth, linearity, noopOf, type Often } from "./scale.js";
import { startup } from "./startup.js";
import { printTable } from "./table.js";

/**
 * Measures what mailstage costs, each figure beside its reference, all in one run on one machine. `--json FILE` writes
 * the figures as one flat object; `--quick` uses a tenth of the mailboxes and measures everything once.
 */

/** Service latency of the lab, milliseconds a request. */
const latencyMs = 80;

const usage = `Usage: npm run bench -- [--json FILE] [--quick] [--noop]

  --json FILE  write the figures as one flat object: seconds, counts, bytes, MB
  --quick      a tenth of the mailboxes, everything once: a few minutes, to see that it runs
  --noop       only runs in which nothing changes, of 1,000 and of 10,000 mailboxes, eleven of each: two minutes

A whole run takes about twelve minutes and wants a machine with nothing else to do.`;

async function main(): Promise<void> {
  const values = options();
  if (values === undefined) return;
  if (values.noop) return await noops();
  const scale = values.quick ? 0.1 : 1;
  const runs = values.quick ? 1 : 5;
  const size = (mailboxes: number) => Math.round(mailboxes * scale);

  say("floors: an empty program, one resource a mailbox");
  const floor = await floors(runs);
  say("start-up of the program, and CSV and plan of 100,000 rows");
  const start = await startup(runs);
  const csv = await csvCost(size(100_000), runs);
  const costOfSize = async (mailboxes: number, often: Often) => {
    say(
      `${mailboxes.toLocaleString("en-US")} mailboxes in 5 waves: migrate, licences, no-op, gates of route`,
    );
    const cost = await costOf(mailboxes, latencyMs, often);
    say(JSON.stringify(cost));
    return cost;
  };
  const costs = [
    await costOfSize(size(1000), { rounds: 1, noops: runs }),
    // The one whose targets are the narrowest.
    await costOfSize(size(10_000), { rounds: values.quick ? 1 : 3, noops: runs }),
    await costOfSize(size(100_000), { rounds: 1, noops: Math.min(runs, 3) }),
  ] as const;
  say("the loop: one request a mailbox and step, measured with 200 and scaled");
  const loop = await licenseLoop(size(10_000), latencyMs);

  const seconds = ({ floorSeconds }: Cost) => floorSeconds;
  const figures = {
    floor_s: round(floor.empty),
    floor_dynamic_s: round(costs[1].floorSeconds),
    naive_250_s: round(floor.naive),
    startup_ms: Math.round(start.programMs),
    startup_sdk_ms: Math.round(start.sdkMs),
    csv_100k_cpu_s: round(csv.cpuSeconds),
    csv_100k_rss_mb: Math.round(csv.residentMb),
    ...costFigures("1k", costs[0]),
    ...costFigures("10k", costs[1]),
    ...costFigures("100k", costs[2]),
    requests_per_batch: round(costs[1].requestsPerBatch),
    state_bytes_per_mailbox: Math.round(costs[1].stateBytes / costs[1].mailboxes),
    licenses_10k_bound_s: round(costs[1].licensesServiceSeconds),
    licenses_loop_s: round(loop),
    linear_migrate: round(linearity(costs, (cost) => cost.migrateSeconds)),
    linear_licenses: round(linearity(costs, (cost) => cost.licensesUpSeconds)),
    linear_noop: round(linearity(costs, (cost) => cost.noopSeconds)),
    linear_requests: round(linearity(costs, (cost) => cost.licensesRequests)),
    linear_state: round(linearity(costs, (cost) => cost.stateBytes)),
    linear_memory: round(linearity(costs, (cost) => cost.peakMb)),
    growth_migrate: round(growth(costs, seconds, (cost) => cost.migrateSeconds)),
    growth_licenses: round(growth(costs, seconds, (cost) => cost.licensesUpSeconds)),
    growth_noop: round(growth(costs, seconds, (cost) => cost.noopSeconds)),
    growth_memory: round(
      growth(
        costs,
        ({ floorPeakMb }) => floorPeakMb,
        (cost) => cost.peakMb,
      ),
    ),
  };
  printTable(figures, size(10_000));
  if (values.quick)
    say(
      "--quick: the rows named 10k and 100k are of 1,000 and 10,000 mailboxes, measured once; their targets are those of a whole run",
    );
  if (values.json !== undefined) writeFileSync(resolve(values.json), `${JSON.stringify(figures, null, 2)}\n`);
}

async function noops(): Promise<void> {
  for (const mailboxes of [1000, 10_000]) {
    const { noopSeconds, floorSeconds } = await noopOf(mailboxes, latencyMs, 11);
    const times = (noopSeconds / floorSeconds).toFixed(2);
    say(
      `no-op of ${mailboxes.toLocaleString("en-US")}: ${round(noopSeconds)} s, dynamic floor in turns ${round(floorSeconds)} s × ${times}`,
    );
  }
}

/** What the command line asks for; undefined where it has been answered already. */
function options() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "string" },
        quick: { type: "boolean", default: false },
        noop: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (!values.help) return values;
    process.stdout.write(`${usage}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    process.exitCode = 2;
  }
  return undefined;
}

const costFigures = (size: string, cost: Cost) => {
  const own = {
    migrate_s: round(cost.migrateSeconds),
    migrate_service_s: round(cost.migrateServiceSeconds),
    licenses_up_s: round(cost.licensesUpSeconds),
    licenses_s: round(cost.licensesSeconds),
    licenses_requests: cost.licensesRequests,
    licenses_at_once: cost.licensesAtOnce,
    noop_s: round(cost.noopSeconds),
    noop_floor_s: round(cost.floorSeconds),
    peak_mb: Math.round(cost.peakMb),
    state_bytes: cost.stateBytes,
    route_requests: cost.routeRequests,
  };
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name.replace("_", `_${size}_`), value]),
  );
};

const round = (value: number) => Math.round(value * 100) / 100;
const say = (text: string) => process.stderr.write(`[bench] ${text}\n`);

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});
