import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ended } from "../cli/ended.js";

const repository = resolve(__dirname, "../..");

const packedSchema = z.tuple([z.object({ filename: z.string() })]);
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});
const manifestSchema = z.object({
  bin: z.object({ mailstage: z.string() }),
  peerDependencies: z.record(z.string(), z.string()),
});

/**
 * Packs the package as `npm pack` does and installs the file in a folder as `npm install` would: the packed files themselves,
 * beside them what they depend on, what a DNS host needs, and nothing else. The dependencies are links to those that are here, so that no registry is
 * asked.
 */
export async function installPacked(folder: string): Promise<void> {
  const packed = await mkdtemp(join(tmpdir(), "mailstage-pack-"));
  const modules = join(folder, "node_modules");
  const own = join(modules, "mailstage");
  try {
    const made = await succeed("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", packed]);
    const [{ filename }] = packedSchema.parse(JSON.parse(made));
    await mkdir(own, { recursive: true });
    await succeed("tar", ["-xzf", join(packed, filename), "--strip-components=1", "-C", own]);
  } finally {
    await rm(packed, { recursive: true, force: true });
  }
  const { bin, peerDependencies } = manifestSchema.parse(
    JSON.parse(await readFile(join(own, "package.json"), "utf8")),
  );
  const { packages } = lockSchema.parse(
    JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8")),
  );
  for (const [place, { dev }] of Object.entries(packages)) {
    const peer = place.slice("node_modules/".length) in peerDependencies;
    if ((dev === true && !peer) || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(place)) continue;
    await mkdir(dirname(join(folder, place)), { recursive: true });
    await symlink(join(repository, place), join(folder, place));
  }
  await mkdir(join(modules, ".bin"));
  await chmod(join(own, bin.mailstage), 0o755);
  await symlink(join("../mailstage", bin.mailstage), join(modules, ".bin/mailstage"));
}

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ended(
    spawn(program, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] }),
  );
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stderr}`);
  return stdout;
}
