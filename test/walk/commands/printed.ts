import type { Migration } from "../migration.js";

const removal = /^Remove (\S+) (\S+), which is /m;
const table = /^Set at your DNS host, (\S+) (\S+):$/m;

/** A person does at the DNS host what the last update printed; nothing where the zone is at a host that is written to. */
export async function setAsPrinted(migration: Migration): Promise<boolean> {
  if (migration.plan.dns.host !== "manual") return false;
  let done = false;
  for (const text of migration.said) {
    for (const part of text.split(/\n(?=Remove |Set at your DNS host, )/)) {
      const [, goes, from = ""] = removal.exec(part) ?? [];
      const [, type = goes, name = from] = table.exec(part) ?? [];
      if (type === undefined) continue;
      const rows = [...part.matchAll(/^ {2}(\S+) +([A-Z]+) +(\d+) +(.+)$/gm)].filter(
        ([, row, kind]) => row === name && kind === type,
      );
      const ttl = Number(rows[0]?.[3] ?? 300);
      await migration.hand.setRecordSet({
        name,
        type,
        ttl,
        values: rows.map(([, , , , value = ""]) => value),
      });
      done = true;
    }
  }
  return done;
}
