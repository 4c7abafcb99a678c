import { execFileSync, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Ended, ended } from "../cli/ended.js";
import { environmentOf } from "../engine/by-hand.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";
import { listening } from "../scripts/release-server.js";

/** What of Microsoft's libraries is in the one file that is given away, and read only where it is needed (scripts/setup/bundle.mjs). */
describe("the command line as it is given away", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
  });
  afterAll(() => rehearsal?.close());

  const check = (environment: NodeJS.ProcessEnv): Promise<Ended> =>
    ended(
      spawn(
        process.execPath,
        [resolve(__dirname, "../../dist/src/cli/main.js"), "check", "--stack", "test"],
        {
          cwd: rehearsal.stack.folder,
          env: { ...environmentOf(rehearsal), ...environment },
        },
      ),
    );

  test("signs in and asks through a proxy where one is set", async () => {
    const tunnels = new Set<string>();
    const proxy = createServer().on("connect", (request, client, head) => {
      const { hostname, port } = new URL(`https://${request.url}`);
      tunnels.add(`https://${hostname}:${port}`);
      const upstream = connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    const through = `http://127.0.0.1:${await listening(proxy)}`;
    try {
      const checked = await check({
        HTTPS_PROXY: through,
        https_proxy: through,
        NO_PROXY: "",
        no_proxy: "",
      });
      expect(checked).toMatchObject({ code: 0 });
      const { authority, graph } = rehearsal.lab.addresses;
      expect([...tunnels]).toEqual(
        expect.arrayContaining([authority, graph].map((url) => new URL(url).origin)),
      );
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  }, 60_000);

  test("signs in by a certificate where there is no secret", async () => {
    const file = join(tmpdir(), `mailstage-sign-in-${process.pid}.pem`);
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mailstage"];
    execFileSync("openssl", [...made, "-keyout", file, "-out", file], { stdio: "ignore" });
    try {
      const checked = await check({ AZURE_CLIENT_SECRET: "", AZURE_CLIENT_CERTIFICATE_PATH: file });
      // It has read the certificate, and the lab the assertion: of whose registration it knows nothing.
      expect(checked).toMatchObject({ code: 1, stdout: expect.stringMatching(/1 problem\./) });
      expect(checked.stdout.replace(/\s+/g, " ")).toContain("AADSTS700027");
    } finally {
      await rm(file, { force: true });
    }
  }, 60_000);
});
