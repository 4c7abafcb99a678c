import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inPlace, placeOf } from "../../../src/snapshots/place.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";
import { domainStackName } from "../shape.js";
import { recordAt } from "./hand.js";

/** The proofs of ownership among the domain's texts. */
export async function proofs(migration: Migration): Promise<string[]> {
  return (await recordAt(migration, "TXT"))?.values.filter((value) => value.startsWith("MS=")) ?? [];
}

/**
 * Tells the model that the state knows of nothing that stands there: what it has made is taken for found, and destroy leaves it
 * (docs/adopt.md, "Who made it"). With RFC 2136 the journal of DNS changes knows, where that is kept.
 */
export async function forgotten(migration: Migration, model: Model, made: readonly string[]): Promise<void> {
  const { plan, shape, stack } = migration;
  const journal = inPlace(placeOf(plan.conversion?.snapshots, domainStackName, {}), "dns.jsonl");
  const noted =
    shape.host === "cloudflare" ? "" : await readFile(join(stack.folder, journal), "utf8").catch(() => "");
  for (const proof of made) if (!noted.includes(proof)) model.found.add(proof);
}
