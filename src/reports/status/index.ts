/** Where a migration stands: from the state of the last update, and from the services. */

export { statusHtml } from "./html.js";
export { askLive } from "./live.js";
export type { Status } from "./model.js";
export { batchNamesOf, licensesOf, readState, type StackState } from "./state.js";
export { statusOf } from "./status.js";
export { statusText } from "./terminal.js";
