import type { LabControl, LabState } from "../../lab/index.js";

/** Does at the DNS host what a run printed for a person to do: the tables of sets to make, and what to remove. Resolves to how many. */
export async function publish(said: string, control: LabControl, state: LabState): Promise<number> {
  const tables = new Map<string, { name: string; type: string; ttl: number; values: string[] }>();
  for (const [, name = "", type = "", ttl, value = ""] of said.matchAll(
    /^\s+(\S+)\s+(MX|TXT|CNAME|A|AAAA)\s+(\d+)\s+(\S.*?)\s*$/gm,
  )) {
    const set = tables.get(`${name} ${type}`) ?? { name, type, ttl: Number(ttl), values: [] };
    if (!set.values.includes(value)) set.values.push(value);
    tables.set(`${name} ${type}`, set);
  }
  for (const [, type = "", name = ""] of said.matchAll(/\bRemove (A|AAAA|MX|TXT|CNAME) (\S+?),? /g))
    if (!tables.has(`${name} ${type}`)) tables.set(`${name} ${type}`, { name, type, ttl: 0, values: [] });
  // Removals first: a CNAME stands alone.
  const sets = [...tables.values()].toSorted((one, other) => one.values.length - other.values.length);
  let changed = 0;
  for (const set of sets) {
    const live = state.zone.find(({ name, type }) => name === set.name && type === set.type);
    const same =
      (live?.values ?? []).toSorted().join("\n") === set.values.toSorted().join("\n") &&
      (set.values.length === 0 || live?.ttl === set.ttl);
    if (same) continue;
    changed += 1;
    await control.setRecordSet(set);
  }
  return changed;
}
