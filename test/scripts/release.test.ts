import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Ended, ended } from "../cli/ended.js";
import { evaluate } from "./module.js";
import { listening, type ReleaseServer, startReleases } from "./release-server.js";

const run = promisify(execFile);
const version = "3.265.0";
const script = resolve(__dirname, "../../scripts/setup/release.mjs");

/** Pulumi's release from a server of the test's own: what comes over it runs only if it is what was published. */
describe("Pulumi's release", () => {
  let folder: string;
  let releases: ReleaseServer;

  beforeAll(async () => {
    releases = await startReleases(version);
  });
  afterAll(() => releases.close());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-release-"));
    releases.reset();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fetched = (environment: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    ended(
      spawn(process.execPath, [script, version, join(folder, "engine")], {
        env: {
          ...process.env,
          MAILSTAGE_PULUMI_RELEASES: releases.url,
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  const refused = async (reason: RegExp, environment: Readonly<Record<string, string>> = {}) => {
    const { code, stderr } = await fetched(environment);
    expect(stderr).toMatch(reason);
    expect(code).toBe(1);
    // Nothing is left that could be taken for an engine.
    expect(await readdir(folder)).toEqual([]);
  };

  it("is fetched, checked, and runs", async () => {
    expect(await fetched()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`fetching Pulumi ${version}`),
    });
    expect((await run(join(folder, "engine/bin/pulumi"))).stdout.trim()).toBe(`v${version}`);
    expect(await readdir(folder)).toEqual(["engine"]);
  });

  it("is thrown away when its checksum is another than the one published", async () => {
    releases.serve = (response) => response.end(Buffer.concat([releases.archive, Buffer.from("x")]));
    await refused(/has the checksum [0-9a-f]{64}, and [0-9a-f]{64} is published; it was thrown away/);
  });

  it("is not fetched when nothing is published to check it against", async () => {
    releases.checksums = (response) => response.end("0  something-else.tar.gz\n");
    await refused(/has no checksum of pulumi-v/);
    expect(releases.asked).toEqual([`/pulumi-${version}-checksums.txt`]);
  });

  it("that is cut in the middle is thrown away", async () => {
    releases.serve = (response) => {
      response.writeHead(200, { "content-length": releases.archive.length });
      response.write(releases.archive.subarray(0, 50), () => response.destroy());
    };
    await refused(/ended after \d+ bytes/);
  });

  it("that is not there is said with its address", async () => {
    releases.serve = (response) => response.writeHead(404).end();
    await refused(new RegExp(`/${releases.name.replaceAll(".", "\\.")}: HTTP 404`));
    releases.checksums = (response) => response.writeHead(503).end();
    await refused(/checksums\.txt: HTTP 503/);
  });

  it("that comes no further is given up", async () => {
    releases.serve = (response) => {
      response.writeHead(200, { "content-length": releases.archive.length });
      response.write(releases.archive.subarray(0, 50));
    };
    // Long enough for a machine that is busy with other tests, which has once taken 0.7 s for an answer.
    const impatient = { MAILSTAGE_PULUMI_RELEASES_TIMEOUT_MS: "2500" };
    await refused(/ended after 50 bytes: no answer for 2\.5 s/, impatient);
    releases.checksums = () => undefined;
    await refused(/checksums\.txt: no answer for 2\.5 s/, impatient);
  });

  it("comes through a proxy where one is set", async () => {
    const tunnels: string[] = [];
    const proxy = createServer().on("connect", (request, client, head) => {
      tunnels.push(request.url ?? "");
      const upstream = connect(releases.port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    proxy.on("request", (request, response) => {
      tunnels.push(request.url ?? "");
      response.writeHead(500).end();
    });
    const through = `http://127.0.0.1:${await listening(proxy)}`;
    try {
      // A name that only the proxy can reach.
      const outside = { MAILSTAGE_PULUMI_RELEASES: `http://releases.invalid:${releases.port}` };
      await refused(/releases\.invalid/, outside);
      const { code, stderr } = await fetched({
        ...outside,
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: through,
        http_proxy: through,
        NO_PROXY: "",
        no_proxy: "",
      });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(new Set(tunnels)).toEqual(new Set([`releases.invalid:${releases.port}`]));
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe("the name of the release's archive", () => {
  it.each([
    ["linux", "x64", "pulumi-v3.265.0-linux-x64.tar.gz"],
    ["darwin", "arm64", "pulumi-v3.265.0-darwin-arm64.tar.gz"],
    ["win32", "x64", "pulumi-v3.265.0-windows-x64.zip"],
    ["freebsd", "x64", null],
    ["linux", "s390x", null],
  ])("on %s, %s: %s", async (platform, arch, expected) => {
    expect(await evaluate("setup/release.mjs", "m.archiveName(input)", { version, platform, arch })).toBe(
      expected,
    );
  });
});

describe("a CLI in the folder that the Automation API and the npm package share", () => {
  it("is taken when it is whole and recent enough, the newest first", async () => {
    const home = await mkdtemp(join(tmpdir(), "mailstage-pulumi-home-"));
    const shared = () => evaluate("setup/engine.mjs", "m.sharedVersion(input)", home);
    const put = async (one: string, ...programs: string[]) => {
      await mkdir(join(home, "versions", one, "bin"), { recursive: true });
      for (const program of programs) await writeFile(join(home, "versions", one, "bin", program), "");
    };
    const whole = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
    try {
      expect(await shared()).toBeNull();
      await put("3.99.0", ...whole);
      await put("3.265.0", "pulumi");
      await put("latest", ...whole);
      expect(await shared()).toBeNull();
      await put("3.255.0", ...whole);
      await put("3.1000.0", ...whole);
      expect(await shared()).toBe(join(home, "versions/3.1000.0/bin"));
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
