import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pipelineSigns } from "../src/snapshots/refuse-unless-kept.js";
import type { LabDnsHost, LabDnsHosting } from "./dns-hosts.js";
import { writePwsh } from "./exchange/pwsh-stand-in.js";
import { writePlugins } from "./plugins.js";
import type { LabSecrets } from "./secrets.js";
import type { World } from "./world.js";

/** What other processes need of a lab on the disk. */
export interface LabFiles {
  /** PEM file with the lab's root certificate. */
  readonly caFile: string;
  /** The folder of the lab's `pwsh`. */
  readonly binFolder: string;
}

/** Writes what other processes need: the root certificate, the `pwsh` stand-in, and those of a DNS host's plugin. */
export async function writeFiles(folder: string, caPem: string, dnsHost: LabDnsHost): Promise<LabFiles> {
  const binFolder = join(folder, "bin");
  const caFile = join(folder, "ca.pem");
  await mkdir(folder, { recursive: true });
  await writeFile(caFile, caPem);
  await Promise.all([writePwsh(binFolder), ...(dnsHost === "rfc2136" ? [] : [writePlugins(binFolder)])]);
  return { caFile, binFolder };
}

/** What a process needs to work against a lab, with the secrets of now. */
export function environmentOf(
  { application, tenantId }: World,
  { caFile, binFolder }: LabFiles,
  secrets: LabSecrets,
  hosting: LabDnsHosting,
): Readonly<Record<string, string>> {
  return {
    AZURE_CLIENT_ID: application.clientId,
    AZURE_CLIENT_SECRET: secrets.of("AZURE_CLIENT_SECRET"),
    AZURE_TENANT_ID: tenantId,
    NODE_EXTRA_CA_CERTS: caFile,
    MAILSTAGE_SOURCE_PASSWORD: secrets.of("MAILSTAGE_SOURCE_PASSWORD"),
    MAILSTAGE_DIRECTORY_PASSWORD: secrets.of("MAILSTAGE_DIRECTORY_PASSWORD"),
    // A lab's users are made anew, also where a pipeline runs it: nothing of it has to outlive the run.
    ...Object.fromEntries(pipelineSigns.map((name) => [name, ""])),
    ...hosting.environment(),
    PATH: [binFolder, process.env["PATH"] ?? ""].join(delimiter),
  };
}
