import { z } from "zod";
import { planSchema } from "./plan.js";
import { configKey, secrets } from "./secrets.js";

/**
 * The plan as it is written, as JSON Schema draft-07 (what YAML editors know best), with descriptions and defaults. Rules
 * between fields are not in it: `parsePlan` is the whole truth. `docs/plan.schema.json` is this, committed.
 */
export function planJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(planSchema, { io: "input", target: "draft-07" });
  return { title: "The plan of a staged migration (mailstage:plan)", ...schema };
}

/**
 * The file the plan stands in, `Pulumi.<stack>.yaml`, as JSON Schema draft-07: its `mailstage:plan` is the plan's own schema,
 * everything else is Pulumi's. `docs/stack.schema.json` is this, committed; editors take it from the file's first line.
 */
export function stackJsonSchema(plan: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  return {
    title: "A stack's configuration with the plan of a staged migration",
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      config: { type: "object", properties: { "mailstage:plan": plan, ...secretKeys } },
    },
  };
}

const secret = (description: string): z.core.JSONSchema.BaseSchema => ({
  description: `${description}. Written by pulumi config set --secret; never in clear`,
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
});

/** What a stack is given beside the plan, where the environment has it not. */
const secretKeys = Object.fromEntries(
  Object.values(secrets).map((given) => [
    configKey(given),
    secret(`${given.of.charAt(0).toUpperCase()}${given.of.slice(1)}, else ${given.environment}`),
  ]),
);
