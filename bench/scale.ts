import type { Lab } from "../lab/index.js";
import { median } from "./engine.js";
import { dynamicFloor } from "./floors.js";
import { connect, type Migration, migration } from "./migration.js";

/** What one size of migration costs; seconds, counts, bytes, MB. */
export interface Cost {
  readonly mailboxes: number;
  readonly migrateSeconds: number;
  /** Seconds of it in which a request was under way: no client could be faster. */
  readonly migrateServiceSeconds: number;
  readonly requestsPerBatch: number;
  /** Of the whole `up` that licenses all. */
  readonly licensesUpSeconds: number;
  /** What it took more than an `up` with nothing to do. */
  readonly licensesSeconds: number;
  readonly licensesRequests: number;
  /** Seconds the services took for it at least: sign-in comes first, each page says where the next is, writes go side by side. */
  readonly licensesServiceSeconds: number;
  /** Requests under way at once, at most. */
  readonly licensesAtOnce: number;
  readonly noopSeconds: number;
  /** The dynamic floor, measured in turns with the no-ops. */
  readonly floorSeconds: number;
  readonly floorPeakMb: number;
  readonly peakMb: number;
  readonly stateBytes: number;
  readonly routeRequests: number;
}

/** How often a size is measured. */
export interface Often {
  /** Migrations from `prepare` on, each with a lab and a stack of its own. */
  readonly rounds: number;
  /** No-ops of each, in turns with the dynamic floor. */
  readonly noops: number;
}

/** Runs migrations of that many mailboxes in 5 waves from `connect` to `route`; of times the median. */
export async function costOf(mailboxes: number, latencyMs: number, { rounds, noops }: Often): Promise<Cost> {
  const runs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const subject = await migration(mailboxes, 5, latencyMs);
    try {
      await connect(subject);
      runs.push({ ...(await migrate(subject)), ...(await stand(subject, noops)) });
    } finally {
      await subject.close();
    }
  }
  const middle = (figure: (run: Measured) => number) => median(runs.map(figure));
  const floors = runs.flatMap((run) => run.floors);
  const idle = runs.flatMap((run) => run.noops);
  return {
    mailboxes,
    migrateSeconds: middle((run) => run.migrateSeconds),
    migrateServiceSeconds: middle((run) => run.migrateServiceSeconds),
    requestsPerBatch: middle((run) => run.requestsPerBatch),
    licensesUpSeconds: middle((run) => run.licensesUpSeconds),
    // Each beside the no-ops that followed it: a machine is not equally fast all the time.
    licensesSeconds: middle((run) => run.licensesUpSeconds - median(run.noops.map(({ seconds }) => seconds))),
    licensesRequests: middle((run) => run.licensesRequests),
    licensesServiceSeconds: middle((run) => run.licensesServiceSeconds),
    licensesAtOnce: middle((run) => run.licensesAtOnce),
    noopSeconds: median(idle.map(({ seconds }) => seconds)),
    floorSeconds: median(floors.map(({ seconds }) => seconds)),
    floorPeakMb: Math.max(...floors.map(({ peakMb }) => peakMb)),
    peakMb: Math.max(...idle.map(({ peakMb }) => peakMb)),
    stateBytes: middle((run) => run.stateBytes),
    routeRequests: middle((run) => run.routeRequests),
  };
}

/** Seconds of an `up` in which nothing changes, and of the dynamic floor in turns with it; medians. */
export async function noopOf(
  mailboxes: number,
  latencyMs: number,
  noops: number,
): Promise<Pick<Cost, "noopSeconds" | "floorSeconds">> {
  const subject = await migration(mailboxes, 5, latencyMs);
  try {
    await connect(subject);
    await migrate(subject);
    const { floors, noops: idle } = await stand(subject, noops);
    return {
      noopSeconds: median(idle.map(({ seconds }) => seconds)),
      floorSeconds: median(floors.map(({ seconds }) => seconds)),
    };
  } finally {
    await subject.close();
  }
}

type Measured = Awaited<ReturnType<typeof migrate>> & Awaited<ReturnType<typeof stand>>;

/** Starting the batches, then licensing who has arrived: two ups, the requests of each counted by the lab. */
async function migrate(subject: Migration) {
  const { lab } = subject;
  lab.clearRequests();
  const started = await subject.up("migrate");
  const starting = lab.requests();
  const batches = (await lab.state()).batches.length;
  await untilSynced(lab);
  // The batches first: then what the next run does more than none at all is licences.
  await subject.project.measure("up", "--yes", "--skip-preview", "--target", "**MigrationBatch**");
  lab.clearRequests();
  const licensed = await subject.up("migrate");
  const licensing = lab.requests();
  const signIn = counted(licensing.servedMs, /^authority/);
  const pages = counted(licensing.servedMs, /^graph GET \/users$/);
  const writes = counted(licensing.servedMs, /^graph (?!GET \/users$)/);
  return {
    migrateSeconds: started.seconds,
    migrateServiceSeconds: starting.busyMs / 1000,
    requestsPerBatch: counted(starting.byRoute, /MigrationBatch|MigrationUser/) / batches,
    licensesUpSeconds: licensed.seconds,
    licensesRequests: counted(licensing.byRoute, /^graph/),
    licensesServiceSeconds: (signIn + pages + writes / licensing.atOnce) / 1000,
    licensesAtOnce: licensing.atOnce,
  };
}

/** Two days at a time: Exchange stops what was idle for sixty. */
async function untilSynced(lab: Lab): Promise<void> {
  while ((await lab.state()).batches.some(({ status }) => status !== "Synced")) await lab.advance(2 * 86_400);
}

/** What it costs while nothing changes, and to ask whether mail can be routed. */
async function stand(subject: Migration, runs: number) {
  await subject.up("migrate");
  const floor = await dynamicFloor();
  const floors = [];
  const noops = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      floors.push(await floor.up());
      noops.push(await subject.up("migrate"));
    }
  } finally {
    floor.close();
  }
  const stateBytes = subject.project.stateBytes();
  await subject.lab.advance(25 * 3600);
  subject.lab.clearRequests();
  await subject.up("route");
  const routeRequests = subject.lab.requests().total;
  const harms = (await subject.lab.state()).alarms.map(({ code, subject: who }) => `${code} ${who}`);
  if (harms.length > 0)
    throw new Error(`the lab raised ${harms.length} alarms: ${harms.slice(0, 5).join(", ")}`);
  return { floors, noops, stateBytes, routeRequests };
}

const counted = (figures: Readonly<Record<string, number>>, routes: RegExp) =>
  Object.entries(figures).reduce((sum, [route, figure]) => (routes.test(route) ? sum + figure : sum), 0);

/** A figure of the largest of three sizes as a share of what the line through the two smaller ones gives for it: 1 is linear. */
export function linearity(costs: readonly [Cost, Cost, Cost], figure: (cost: Cost) => number): number {
  const [small, middle, large] = costs;
  const slope = (figure(middle) - figure(small)) / (middle.mailboxes - small.mailboxes);
  return figure(large) / (figure(middle) + slope * (large.mailboxes - middle.mailboxes));
}

/**
 * How a figure grows beyond what a run without mailboxes costs, from the middle size to the large one, as a share of how
 * the mailboxes grow: 1 is in proportion, less is better.
 */
export function growth(
  [, middle, large]: readonly [Cost, Cost, Cost],
  floor: (cost: Cost) => number,
  figure: (cost: Cost) => number,
): number {
  const beyond = (cost: Cost) => figure(cost) - floor(cost);
  return beyond(large) / beyond(middle) / (large.mailboxes / middle.mailboxes);
}
