import { z } from "zod";
import { planSchema } from "./plan.js";

/**
 * The plan as it is written, as JSON Schema draft-07 (what YAML editors know best), with descriptions and defaults. Rules
 * between fields are not in it: `parsePlan` is the whole truth. `docs/plan.schema.json` is this, committed.
 */
export function planJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(planSchema, { io: "input", target: "draft-07" });
  return { title: "The plan of a staged migration (mailstage:plan)", ...schema };
}
