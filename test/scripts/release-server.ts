import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { evaluate } from "./module.js";

/** A server of releases of Pulumi, whose CLI is a script that says its version. */
export interface ReleaseServer {
  readonly url: string;
  readonly port: number;
  /** The archive for this platform, and its name. */
  readonly archive: Buffer;
  readonly name: string;
  /** Paths that were asked for. */
  asked: string[];
  /** What is done with a request for the archive, and for the list of checksums. */
  serve: (response: ServerResponse) => unknown;
  checksums: (response: ServerResponse) => unknown;
  /** Serves what it should again, and forgets what was asked. */
  reset(): void;
  close(): void;
}

/** Starts a server on a port of loopback. @returns the port */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return address.port;
}

/** What a script that stands for the CLI and its hosts says: its version. */
const programs = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** Writes the programs of a CLI into a folder. */
export async function writePrograms(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const program of programs)
    await writeFile(join(folder, program), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
}

async function packed(version: string): Promise<Buffer> {
  const made = await mkdtemp(join(tmpdir(), "mailstage-release-made-"));
  try {
    await writePrograms(join(made, "pulumi"), version);
    await promisify(execFile)("tar", ["-czf", join(made, "archive"), "-C", made, "pulumi"]);
    return await readFile(join(made, "archive"));
  } finally {
    await rm(made, { recursive: true });
  }
}

/** Starts a server that has one version. */
export async function startReleases(version: string): Promise<ReleaseServer> {
  const archive = await packed(version);
  const platform = { version, platform: process.platform, arch: process.arch };
  const name = String(await evaluate("setup/release.mjs", "m.archiveName(input)", platform));
  const digest = createHash("sha256").update(archive).digest("hex");
  const list = `${"0".repeat(64)}  pulumi-v${version}-other.tar.gz\n${digest}  ${name}\n`;
  const wholly = (response: ServerResponse) => response.end(archive);
  const published = (response: ServerResponse) => response.end(list);
  const server = createServer((request, response) => {
    made.asked.push(request.url ?? "");
    if (request.url === `/${name}`) made.serve(response);
    else if (request.url === `/pulumi-${version}-checksums.txt`) made.checksums(response);
    else response.writeHead(404).end();
  });
  const port = await listening(server);
  const made: ReleaseServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    archive,
    name,
    asked: [],
    serve: wholly,
    checksums: published,
    reset() {
      [made.serve, made.checksums, made.asked] = [wholly, published, []];
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return made;
}
