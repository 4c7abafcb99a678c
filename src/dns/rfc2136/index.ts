/** RFC 2136 dynamic updates, signed with TSIG (RFC 8945). */
export { applyUpdate } from "./apply.js";
export { proveUpdates } from "./prove.js";
export { readFromPrimary, type UpdateTarget, wildcardAtPrimary } from "./target.js";
export type { TsigAlgorithm, TsigKey } from "./tsig.js";
