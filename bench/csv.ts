import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./engine.js";
import { waveCsv } from "./migration.js";

/** CPU seconds and resident memory of reading and checking that many rows in five waves, in a process of its own. */
export async function csvCost(rows: number): Promise<{ cpuSeconds: number; residentMb: number }> {
  const folder = mkdtempSync(join(tmpdir(), "mailstage-bench-csv-"));
  try {
    mkdirSync(join(folder, "mailboxes"));
    for (let wave = 0; wave < 5; wave += 1)
      writeFileSync(join(folder, `mailboxes/wave${wave}.csv`), waveCsv(wave, rows / 5));
    const script = `
      const { readMailboxFiles } = require(${JSON.stringify(join(process.cwd(), "dist/src/csv/index.js"))});
      const before = process.cpuUsage();
      const batches = [0, 1, 2, 3, 4].map((wave) => ({ name: "wave" + wave, csv: "mailboxes/wave" + wave + ".csv" }));
      readMailboxFiles(${JSON.stringify(folder)}, { batches, domain: "contoso.com", signOn: "cloud" });
      const { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, residentMb: process.resourceUsage().maxRSS / 1024 }));`;
    return JSON.parse(await run(process.execPath, ["-e", script], folder, process.env));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
