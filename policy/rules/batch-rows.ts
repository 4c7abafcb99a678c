import { z } from "zod";
import { count, mailboxes } from "../../src/base/words.js";
import { rowsPerBatch } from "../../src/plan/csv/index.js";
import { mailboxesByBatch } from "../../src/state/batch-mailboxes.js";
import { readResource } from "../../src/state/read-resource.js";
import type { ResourceRule } from "../rule.js";

const settings = z.object({ maxRows: z.number().default(rowsPerBatch) });

/** No migration batch is larger than Exchange takes, or than the team wants to watch at once. */
export const batchRows: ResourceRule = {
  name: "batch-rows",
  description: "A migration batch has 2,000 mailboxes at most, or fewer where the team says so.",
  level: "mandatory",
  settings: {
    properties: {
      maxRows: {
        type: "integer",
        minimum: 1,
        maximum: rowsPerBatch,
        default: rowsPerBatch,
        description: "Most mailboxes in one migration batch",
      },
    },
  },
  resource({ kind, name, props }, given) {
    if (kind !== "MigrationBatch") return [];
    const { maxRows } = settings.parse(given);
    const { wave = name, ...packed } = readResource("MigrationBatch", props);
    const listed = packed.mailboxesByBatch === undefined;
    return Object.entries(mailboxesByBatch(wave, packed)).flatMap(([batch, { size: rows }]) => {
      // The list of a wave that was refused before it was parted into batches: it is refused already.
      if (rows <= maxRows || (listed && rows > rowsPerBatch)) return [];
      return [
        {
          subject: `migration batch ${batch}`,
          reason: `has ${mailboxes(rows)}, more than ${count(maxRows)}`,
          hint: "Part the CSV into several waves",
        },
      ];
    });
  },
};
