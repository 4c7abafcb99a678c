import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../src/base/package-root.js";
import { quotedWord } from "../src/base/platform.js";

const names = ["cloudflare", "azure-native"] as const;

/**
 * Writes executables that Pulumi finds on PATH in place of the plugins of Cloudflare and Azure, which work against the lab only
 * (docs/dns.md).
 */
export async function writePlugins(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const script = `#!/bin/sh\nexec ${quotedWord(process.execPath)} ${quotedWord(pluginFile(name))} "$@"\n`;
    await writeFile(join(folder, `pulumi-resource-${name}`), script, { mode: 0o755 });
  }
}

/** The plugin as it was compiled, from the sources too. */
const pluginFile = (name: (typeof names)[number]): string =>
  join(packageRoot, "dist/lab/plugins", `${name}.mjs`);
