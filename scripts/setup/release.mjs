/**
 * Pulumi's official release of the CLI and its language hosts, for this platform, checked against the checksums that are
 * published with it before anything of it is run. Runs under this project's Node, which speaks through HTTPS_PROXY.
 *
 *   node scripts/setup/release.mjs VERSION FOLDER    leaves its programs in FOLDER/bin
 */
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isMain, main, run, SetupError, say } from "./run.mjs";

/** Where releases are served; MAILSTAGE_PULUMI_RELEASES names a mirror, and `off` asks nobody. */
const releases = process.env["MAILSTAGE_PULUMI_RELEASES"] || "https://get.pulumi.com/releases/sdk";

/** Milliseconds in which a server must answer, and after which one that sends nothing more is given up. */
const patience = Number(process.env["MAILSTAGE_PULUMI_RELEASES_TIMEOUT_MS"] || 20_000);

const systems = { linux: "linux", darwin: "darwin", win32: "windows" };
const architectures = { x64: "x64", arm64: "arm64" };

/** The name of a version's archive for a platform, or undefined where Pulumi makes none. */
export function archiveName({ version, platform, arch }) {
  const [system, cpu] = [systems[platform], architectures[arch]];
  if (system === undefined || cpu === undefined) return undefined;
  return `pulumi-v${version}-${system}-${cpu}.${system === "windows" ? "zip" : "tar.gz"}`;
}

/** The SHA-256 of a file in a list of `<hex>  <name>` lines, or undefined when the list does not name it. */
export function checksumOf({ list, name }) {
  const line = list.split(/\r?\n/).find((each) => each.trim().split(/\s+\*?/)[1] === name);
  const [sum] = line?.trim().split(/\s+/) ?? [];
  return sum !== undefined && /^[0-9a-f]{64}$/i.test(sum) ? sum.toLowerCase() : undefined;
}

/** What a failed request says of itself: fetch hides its reason in `cause`. */
const reasonOf = (error) =>
  error.name === "TimeoutError" || error.name === "AbortError"
    ? `no answer for ${patience / 1000} s`
    : (error.cause?.message ?? error.cause?.code ?? error.message);

async function get(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    throw new SetupError(`${url}: ${reasonOf(error)}`);
  });
  if (!response.ok) throw new SetupError(`${url}: HTTP ${response.status}`);
  return response;
}

/** Writes what a URL serves into a file and resolves to its SHA-256. */
async function download(url, file) {
  const stalled = new AbortController();
  const wait = () => setTimeout(() => stalled.abort(), patience);
  let waiting = wait();
  const response = await get(url, stalled.signal);
  const total = Number(response.headers.get("content-length"));
  const hash = createHash("sha256");
  let received = 0;
  const report = setInterval(() => {
    const share = total > 0 ? ` of ${Math.round(total / 1e6)}` : "";
    say(`  ${Math.round(received / 1e6)}${share} MB`);
  }, 5000);
  const counted = new Transform({
    transform(chunk, _, done) {
      clearTimeout(waiting);
      waiting = wait();
      hash.update(chunk);
      received += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), counted, createWriteStream(file));
  } catch (error) {
    throw new SetupError(`${url}: ended after ${received} bytes: ${reasonOf(error)}`);
  } finally {
    clearTimeout(waiting);
    clearInterval(report);
  }
  if (total > 0 && received !== total) throw new SetupError(`${url}: ${received} of ${total} bytes came`);
  return hash.digest("hex");
}

/** Fetches, checks and unpacks a release into `folder`/bin. Throws a SetupError with the reason; then nothing is left behind. */
export async function fetchRelease(version, folder) {
  if (releases === "off") throw new SetupError("not asked for (MAILSTAGE_PULUMI_RELEASES=off)");
  const name = archiveName({ version, platform: process.platform, arch: process.arch });
  if (name === undefined)
    throw new SetupError(`Pulumi publishes no release for ${process.platform} on ${process.arch}`);
  const list = `pulumi-${version}-checksums.txt`;
  const checksums = await get(`${releases}/${list}`, AbortSignal.timeout(patience));
  const expected = checksumOf({ list: await checksums.text(), name });
  if (expected === undefined) throw new SetupError(`${releases}/${list} has no checksum of ${name}`);
  const draft = `${folder}.${process.pid}.fetched`;
  try {
    mkdirSync(draft, { recursive: true });
  } catch (error) {
    throw new SetupError(`${draft} cannot be made: ${error.message}`);
  }
  try {
    const archive = join(draft, name);
    say(`fetching Pulumi ${version} from ${releases}`);
    const actual = await download(`${releases}/${name}`, archive);
    if (actual !== expected)
      throw new SetupError(
        `${name} has the checksum ${actual}, and ${expected} is published; it was thrown away`,
      );
    // bsdtar of macOS and Windows reads zip as well.
    const code = await run("tar", ["-xf", archive, "-C", draft], { stdio: ["ignore", 2, 2] });
    if (code !== 0) throw new SetupError(`tar could not unpack ${name} (exit code ${code})`);
    const programs = [join(draft, "pulumi", "bin"), join(draft, "pulumi")].find((each) => isFile(each));
    if (programs === undefined) throw new SetupError(`${name} holds no program pulumi`);
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, "bin"), { recursive: true, force: true });
    renameSync(programs, join(folder, "bin"));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const program = process.platform === "win32" ? "pulumi.exe" : "pulumi";
const isFile = (folder) => statSync(join(folder, program), { throwIfNoEntry: false })?.isFile() === true;

if (isMain(import.meta.url))
  await main(async ([version = "", folder = ""]) => {
    await fetchRelease(version, folder);
    return 0;
  });
