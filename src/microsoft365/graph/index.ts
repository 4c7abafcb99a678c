export * from "./client.js";
export * from "./dns-records.js";
export * from "./domains.js";
export * from "./groups.js";
export * from "./licenses.js";
export * from "./mail-records.js";
export * from "./service-plans.js";
export * from "./users.js";
