import { existsSync } from "node:fs";

/** Where a program is: on PATH, or where servers are that users have no PATH to. */
export const installed = (name: string) =>
  [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));
