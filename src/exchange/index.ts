export * from "./accepted-domains.js";
export * from "./mailboxes.js";
export * from "./migration-batches.js";
export * from "./migration-endpoints.js";
export * from "./migration-users.js";
export * from "./port.js";
export * from "./status.js";
export { isExchangeFailure } from "./write.js";
