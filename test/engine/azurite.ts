import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** An Azure Storage account on loopback with one empty container, for state in `azblob://`. */
export interface Azurite {
  /** Environment of every command of the engine: PULUMI_BACKEND_URL, and what signs in to it. */
  readonly environment: Readonly<
    Record<"PULUMI_BACKEND_URL" | "AZURE_STORAGE_ACCOUNT" | "AZURE_STORAGE_KEY", string>
  >;
  stop(): Promise<void>;
}

const script = resolve(__dirname, "../../scripts/setup/azurite.mjs");
const question = `import { installedAzurite } from ${JSON.stringify(script)}; process.stdout.write(installedAzurite() ?? "");`;

/** Azurite's blob service where `node scripts/setup/azurite.mjs` has installed it, else undefined. */
export const azurite: string | undefined =
  execFileSync(process.execPath, ["--input-type=module", "--eval", question], { encoding: "utf8" }) ||
  undefined;

/** What a test that is left out for want of Azurite is named, and prints. */
export const azuriteMissing = "Azurite is not installed: node scripts/setup/azurite.mjs";

const account = "mailstage";
const container = "state";

/** Starts Azurite in memory on a free port, and makes the container: Pulumi does not. */
export async function startAzurite(program: string): Promise<Azurite> {
  const key = randomBytes(32).toString("base64");
  const folder = await mkdtemp(join(tmpdir(), "mailstage-azurite-"));
  const child = spawn(
    resolve(__dirname, "../../node_modules/.bin/node"),
    [
      program,
      "--blobHost",
      "127.0.0.1",
      "--blobPort",
      "0",
      "--inMemoryPersistence",
      "--silent",
      "--disableTelemetry",
    ],
    {
      cwd: folder,
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = new Promise<void>((fulfil) => child.once("close", () => fulfil()));
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await portOf(createInterface(child.stdout));
    await makeContainer(port, key);
    return {
      environment: {
        PULUMI_BACKEND_URL: `azblob://${container}?domain=127.0.0.1:${port}&protocol=http&localemu=true`,
        AZURE_STORAGE_ACCOUNT: account,
        AZURE_STORAGE_KEY: key,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function portOf(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const port = /successfully listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("Azurite ended before it listened");
}

/** Create Container, signed with the account's key (learn.microsoft.com/rest/api/storageservices, Shared Key). */
async function makeContainer(port: number, key: string): Promise<void> {
  const headers = { "x-ms-date": new Date().toUTCString(), "x-ms-version": "2021-08-06" };
  const canonicalHeaders = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  // The account twice: once as the account, once as the first segment of the emulator's path.
  const resource = `/${account}/${account}/${container}\nrestype:container`;
  const signed = createHmac("sha256", Buffer.from(key, "base64"))
    .update(`PUT${"\n".repeat(12)}${canonicalHeaders.join("")}${resource}`)
    .digest("base64");
  const response = await fetch(`http://127.0.0.1:${port}/${account}/${container}?restype=container`, {
    method: "PUT",
    headers: { ...headers, authorization: `SharedKey ${account}:${signed}` },
  });
  if (response.status !== 201) throw new Error(`the container was not made: ${await response.text()}`);
}
