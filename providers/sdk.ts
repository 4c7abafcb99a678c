/**
 * The parts of `@pulumi/pulumi` that a program needs. Its index loads the Automation API as well, 540 modules that took
 * as long as everything of ours together (docs/performance.md).
 */
export * from "@pulumi/pulumi/config.js";
export * from "@pulumi/pulumi/errors.js";
export * as log from "@pulumi/pulumi/log/index.js";
export * from "@pulumi/pulumi/metadata.js";
export * from "@pulumi/pulumi/output.js";
export * from "@pulumi/pulumi/resource.js";
export { isDryRun } from "@pulumi/pulumi/runtime/settings.js";
export * from "@pulumi/pulumi/stackReference.js";
