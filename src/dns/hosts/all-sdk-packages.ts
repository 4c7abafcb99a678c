import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../base/package-root.js";
import type { Problem } from "../../base/problem.js";
import type { DnsPlan } from "../../plan/index.js";
import { azureSdk } from "./azure/index.js";
import { cloudflareSdk } from "./cloudflare/index.js";

type Host = DnsPlan["host"];

/** Hosts that are written through Pulumi's own package of theirs. They are 157 MB: who has a zone there installs one. */
const packages: { readonly [name in Host]?: { readonly name: string; readonly major: number } } = {
  cloudflare: cloudflareSdk,
  azure: azureSdk,
};

/** The command that installs what a host needs beside mailstage; undefined where it needs nothing. */
export function sdkInstall(host: Host): string | undefined {
  const needed = packages[host];
  return needed === undefined ? undefined : `npm install ${needed.name}@${needed.major}`;
}

/**
 * That a host's package is missing, with how to install it; empty where it is there or none is needed.
 * @param from the folder it is looked for from, as Node does for the program: there or in a folder above
 */
export function sdkProblems(host: Host, from = packageRoot): Problem[] {
  const needed = packages[host];
  if (needed === undefined || resolves(`${needed.name}/package.json`, from)) return [];
  return [
    {
      code: "dns-package-missing",
      subject: `dns.host: ${host}`,
      reason: `needs ${needed.name}, which is not installed beside mailstage`,
      hint: `Run ${sdkInstall(host)} in your project, and commit package.json and its lock file`,
    },
  ];
}

function resolves(file: string, from: string): boolean {
  try {
    createRequire(join(from, "package.json")).resolve(file);
    return true;
  } catch {
    return false;
  }
}
