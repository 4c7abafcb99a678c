/** RFC 2136 dynamic updates, signed with TSIG (RFC 8945). */
export { applyUpdate, type UpdateTarget } from "./apply.js";
export type { TsigAlgorithm, TsigKey } from "./tsig.js";
