import type { Problem } from "../base/problem.js";

/** A problem with a change; a warning must be seen, anything else must stop it. */
export type Finding = Problem & { readonly warning?: true };
