import { z } from "zod";
import { formerMxVariable } from "../../base/adoption.js";
import { parseJson } from "../../base/json.js";
import { newSetTtl } from "../../plan/ttl.js";

const saidSchema = z.object({ ttl: z.number().optional(), values: z.array(z.string()) });

/**
 * The MX before the migration, where a person has said it for `mailstage adopt`.
 * @param live as it is, whose TTL it has where nobody said another
 */
export function formerMx(
  live: { readonly ttl: number } | undefined,
): { ttl: number; values: string[] } | undefined {
  const said = saidSchema.safeParse(parseJson(process.env[formerMxVariable] ?? "")).data;
  return said && { ttl: said.ttl ?? live?.ttl ?? newSetTtl, values: said.values };
}
