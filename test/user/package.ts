import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ended } from "../cli/ended.js";

const repository = resolve(__dirname, "../..");

const packedSchema = z.tuple([z.object({ filename: z.string() })]);
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});
const manifestSchema = z.object({
  files: z.array(z.string()),
  bin: z.object({ mailstage: z.string() }),
  peerDependencies: z.record(z.string(), z.string()),
});

/**
 * Packs the package as `npm pack` does and installs the file in a folder as `npm install` would: the packed files themselves,
 * beside them what they depend on, what a DNS host needs, and nothing else. The dependencies are links to those that are here, so that no registry is
 * asked.
 */
export async function installPacked(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  const own = join(modules, "mailstage");
  await mkdir(own, { recursive: true });
  await succeed("tar", ["-xzf", await packedFile(), "--strip-components=1", "-C", own]);
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

/** What `npm pack` makes of the repository as it is now: once, though several tests install it. */
async function packedFile(): Promise<string> {
  const kept = join(repository, ".mailstage/packed");
  const file = join(kept, `${await packedAsOf()}.tgz`);
  if (existsSync(file)) return file;
  await mkdir(join(repository, ".mailstage"), { recursive: true });
  const folder = await mkdtemp(join(repository, ".mailstage/packing-"));
  try {
    const made = await succeed("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]);
    const [{ filename }] = packedSchema.parse(JSON.parse(made));
    await rm(kept, { recursive: true, force: true });
    await mkdir(kept, { recursive: true });
    await rename(join(folder, filename), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return file;
}

/** A digest that is another one when a file of the package was written since. */
async function packedAsOf(): Promise<string> {
  const manifest = join(repository, "package.json");
  const { files } = manifestSchema.parse(JSON.parse(await readFile(manifest, "utf8")));
  // Patterns pick among what the folders have.
  const places = files.filter((place) => !/[!*]/.test(place)).map((place) => join(repository, place));
  const below = async (place: string): Promise<string[]> =>
    (await stat(place)).isFile()
      ? [place]
      : (await readdir(place, { recursive: true, withFileTypes: true })).map(({ parentPath, name }) =>
          join(parentPath, name),
        );
  const all = (await Promise.all(places.map(below))).flat();
  const written = await Promise.all(
    [manifest, ...all].sort().map(async (path) => {
      const { mtimeMs, size } = await stat(path);
      return `${path} ${mtimeMs} ${size}`;
    }),
  );
  return createHash("sha256").update(written.join("\n")).digest("hex").slice(0, 16);
}

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ended(
    spawn(program, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] }),
  );
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stderr}`);
  return stdout;
}
