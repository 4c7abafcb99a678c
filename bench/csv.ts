import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, run } from "./engine.js";
import { waveCsv } from "./migration.js";

interface CsvCost {
  readonly cpuSeconds: number;
  readonly residentMb: number;
}

/** CPU seconds and resident memory of reading and checking that many rows in five waves: the median of some processes. */
export async function csvCost(rows: number, runs: number): Promise<CsvCost> {
  const folder = mkdtempSync(join(tmpdir(), "mailstage-bench-csv-"));
  try {
    mkdirSync(join(folder, "mailboxes"));
    for (let wave = 0; wave < 5; wave += 1)
      writeFileSync(join(folder, `mailboxes/wave${wave}.csv`), waveCsv(wave, rows / 5));
    const script = `
      const { readMailboxFiles } = require(${JSON.stringify(join(process.cwd(), "dist/src/plan/csv/index.js"))});
      const before = process.cpuUsage();
      const waves = [0, 1, 2, 3, 4].map((wave) => ({ name: "wave" + wave, csv: "mailboxes/wave" + wave + ".csv" }));
      readMailboxFiles(${JSON.stringify(folder)}, { waves, domain: "contoso.com", signOn: "cloud" });
      const { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, residentMb: process.resourceUsage().maxRSS / 1024 }));`;
    const costs: CsvCost[] = [];
    for (let reading = 0; reading < runs; reading += 1)
      costs.push(JSON.parse(await run(process.execPath, ["-e", script], folder, process.env)));
    return {
      cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
      residentMb: median(costs.map(({ residentMb }) => residentMb)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
