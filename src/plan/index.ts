export { planJsonSchema, stackJsonSchema } from "./json-schema.js";
export { parsePlan } from "./parse.js";
export { type DnsPlan, type Plan, type PlanInput, planSchema, type WavePlan } from "./plan.js";
export { atLeast, type GateName, gateNames, type StageName, stages } from "./stages.js";
