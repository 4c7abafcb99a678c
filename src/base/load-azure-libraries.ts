/** What is used of Microsoft's libraries for sign-in and HTTP. */
export type AzureLibraries = typeof import("./azure-libraries.js");

/** Loads them, the first time they are asked for. */
export function azureLibraries(): AzureLibraries {
  return require("./azure-libraries.js");
}
