import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { parseArgs } from "node:util";
import { cloudOf, openCloud } from "../src/cloud/index.js";
import { findSku, listSubscribedSkus, listUsers } from "../src/graph/index.js";
import { parsePlan } from "../src/plan/index.js";
import { csvCost } from "./csv.js";
import { median } from "./engine.js";
import { floors, naive } from "./floors.js";
import { connect, type Migration, migration } from "./migration.js";

/**
 * Measures what mailstage costs, each figure beside its reference, all in one run on one machine. `--json FILE` writes
 * the figures as one flat object; `--quick` uses a tenth of the mailboxes, for a look.
 */

/** Service latency of the lab, milliseconds a request. */
const latencyMs = 80;
const runs = 5;

interface Row {
  readonly work: string;
  readonly figure: string;
  readonly reference: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const scale = values.quick ? 0.1 : 1;
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  const say = (text: string) => process.stderr.write(`${text}\n`);

  say("floors: an empty program, and one trivial dynamic resource");
  const floor = await floors(runs);
  figures["floor_s"] = round(floor.empty);
  figures["floor_dynamic_s"] = round(floor.dynamic);
  figures["naive_250_s"] = round(await naive(250));

  say("100,000 rows of CSV and plan");
  const csv = await csvCost(Math.round(100_000 * scale));
  figures["csv_100k_cpu_s"] = round(csv.cpuSeconds);
  figures["csv_100k_rss_mb"] = Math.round(csv.residentMb);

  const small = Math.round(10_000 * scale);
  say(`${small} mailboxes in 5 waves: migrate, licences, gates, no-op`);
  const ten = await migration(small, 5, latencyMs);
  try {
    await connect(ten);
    Object.assign(figures, await measureMigrate(ten, small, floor.dynamic));
    figures["noop_10k_s"] = round(await noop(ten));
    figures["state_bytes_per_mailbox"] = Math.round(ten.project.stateBytes() / small);
    figures["route_10k_requests"] = await measureRoute(ten);
  } finally {
    await ten.close();
  }

  say("the loop: one request a mailbox, measured on 200 and scaled");
  figures["licences_loop_s"] = round(await licenceLoop(small));

  const large = Math.round(100_000 * scale);
  say(`${large} mailboxes in 5 waves: no-op`);
  const hundred = await migration(large, 5, 0);
  try {
    await connect(hundred);
    await hundred.up("migrate");
    await hundred.lab.advance(60 * 86_400);
    await hundred.up("migrate");
    figures["noop_100k_s"] = round(await noop(hundred));
    figures["state_bytes_per_mailbox_100k"] = Math.round(hundred.project.stateBytes() / large);
  } finally {
    await hundred.close();
  }

  const get = (name: string) => figures[name] ?? Number.NaN;
  rows.push(
    row(
      `no-op up, ${count(small)} in 5 waves`,
      `${get("noop_10k_s")} s`,
      `dynamic floor ${get("floor_dynamic_s")} s: × ${ratio(get("noop_10k_s"), get("floor_dynamic_s"))}`,
    ),
    row(
      `no-op up, ${count(large)}`,
      `${get("noop_100k_s")} s`,
      `dynamic floor ${get("floor_dynamic_s")} s: × ${ratio(get("noop_100k_s"), get("floor_dynamic_s"))}`,
    ),
    row(
      `up of migrate, ${count(small)}`,
      `${get("migrate_10k_s")} s`,
      `floor ${get("floor_dynamic_s")} s + service ${get("migrate_10k_service_s")} s; naive, 250 only: ${get("naive_250_s")} s`,
    ),
    row("requests a batch", `${get("requests_per_batch")}`, "one a mailbox: 2,000"),
    row(
      `licences, ${count(small)} by user`,
      `${get("licences_10k_s")} s, ${get("licences_10k_requests")} requests`,
      `loop: ${get("licences_loop_s")} s, ${small} requests`,
    ),
    row(
      `gates of route, ${count(small)}`,
      `${get("route_10k_requests")} requests`,
      `N/500 + 20 = ${small / 500 + 20}`,
    ),
    row("state file", `${get("state_bytes_per_mailbox")} bytes a mailbox`, "120"),
    row(
      `CSV and plan, ${count(large)} rows`,
      `${get("csv_100k_cpu_s")} s CPU, ${get("csv_100k_rss_mb")} MB`,
      "1 s, 300 MB",
    ),
  );
  print(rows);
  if (values.json !== undefined) writeFileSync(resolve(values.json), `${JSON.stringify(figures, null, 2)}\n`);
}

/** Starting the batches, then licensing who has arrived: two ups, the requests of each counted by the lab. */
async function measureMigrate(subject: Migration, mailboxes: number, floor: number) {
  subject.lab.clearRequests();
  const migrate = await subject.up("migrate");
  const started = subject.lab.requests();
  const batchRequests = Object.entries(started.byRoute)
    .filter(([route]) => /MigrationBatch|MigrationUser/.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
  const batches = (await subject.lab.state()).batches.length;
  await subject.lab.advance(30 * 86_400);
  subject.lab.clearRequests();
  const licences = await subject.up("migrate");
  const counted = subject.lab.requests();
  const licenceRequests = Object.entries(counted.byRoute)
    .filter(([route]) => route.startsWith("graph"))
    .reduce((sum, [, count]) => sum + count, 0);
  return {
    migrate_10k_s: round(migrate),
    migrate_10k_service_s: round((started.total * latencyMs) / 1000),
    migrate_10k_over_floor: round(migrate / (1.5 * floor)),
    requests_per_batch: round(batchRequests / Math.max(1, batches)),
    licences_10k_s: round(licences),
    licences_10k_requests: licenceRequests,
    mailboxes,
  };
}

/** Requests of the way into `route`. The conversion is not measured here: the gate does not ask for it. */
async function measureRoute(subject: Migration): Promise<number> {
  await subject.lab.advance(25 * 3600);
  subject.lab.clearRequests();
  await subject.up("route");
  return subject.lab.requests().total;
}

async function noop(subject: Migration): Promise<number> {
  await subject.up("migrate");
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await subject.up("migrate"));
  return median(times);
}

/** Seconds for one licence request a mailbox, one after the other, measured on a few and scaled up. */
async function licenceLoop(mailboxes: number): Promise<number> {
  const sample = 200;
  const subject = await migration(sample, 1, latencyMs);
  try {
    await connect(subject);
    const { tenant } = parsePlan(subject.lab.planOverrides({ ...subject.plan, stage: "connect" }));
    // The loop speaks to the lab from this process, which was started before the lab had its certificates.
    setDefaultCACertificates([...getCACertificates("default"), readFileSync(subject.lab.caFile, "utf8")]);
    const { graph } = openCloud(cloudOf(tenant));
    const sku = findSku(await listSubscribedSkus(graph), "ENTERPRISEPACK");
    const users = (await listUsers(graph)).slice(0, sample);
    const begun = performance.now();
    for (const user of users) {
      await graph.patch(`/users/${user.id}`, { usageLocation: "US" });
      await graph.batch([
        {
          method: "POST",
          path: `/users/${user.id}/assignLicense`,
          body: { addLicenses: [{ skuId: sku?.skuId, disabledPlans: [] }], removeLicenses: [] },
        },
      ]);
    }
    return ((performance.now() - begun) / 1000 / users.length) * mailboxes;
  } finally {
    await subject.close();
  }
}

const round = (value: number) => Math.round(value * 100) / 100;
const ratio = (value: number, reference: number) => (value / reference).toFixed(2);
const count = (value: number) => value.toLocaleString("en-US");
const row = (work: string, figure: string, reference: string): Row => ({ work, figure, reference });

function print(rows: readonly Row[]): void {
  console.table(Object.fromEntries(rows.map(({ work, figure, reference }) => [work, { figure, reference }])));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});
