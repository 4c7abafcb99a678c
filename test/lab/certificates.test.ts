import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import {
  type Authority,
  createAuthority,
  exportAuthority,
  type IssuedCertificate,
  importAuthority,
} from "../../lab/certificates.js";

/** What a verifying client says of the server: "authorized", or the code of its error. */
async function verdictOf(
  server: IssuedCertificate,
  options: { ca: string; host: string },
): Promise<string | undefined> {
  const listener = tls.createServer({ key: server.key, cert: server.cert });
  listener.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const verdict = await new Promise<string | undefined>((resolve) => {
    const socket = tls.connect({
      port,
      host: "127.0.0.1",
      ...(/^[\d.]+$/.test(options.host) ? {} : { servername: options.host }),
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(options.host, certificate),
      ca: options.ca,
    });
    socket.once("secureConnect", () => {
      socket.destroy();
      resolve("authorized");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  await new Promise((resolve) => listener.close(resolve));
  return verdict;
}

describe("the lab's certification authority", () => {
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  const names = ["mail.contoso.com", "*.corp.contoso.com"];
  let authority: Authority;
  let server: IssuedCertificate;

  beforeAll(async () => {
    authority = await createAuthority();
    server = await authority.issue({ names, ips: ["127.0.0.1", "::1"] });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["mail.contoso.com", "dc1.corp.contoso.com", "127.0.0.1"])(
    "a server certificate verifies as %s under Node's TLS",
    async (host) => {
      expect(await verdictOf(server, { ca: authority.caPem, host })).toBe("authorized");
    },
  );

  test("another name, another authority and a self-signed certificate do not verify", async () => {
    const ca = authority.caPem;
    const other = await createAuthority();
    const host = "mail.contoso.com";
    expect(await verdictOf(server, { ca, host: "mail.fabrikam.com" })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await verdictOf(server, { ca: other.caPem, host })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    const selfSigned = await authority.issue({ names, selfSigned: true });
    expect(await verdictOf(selfSigned, { ca, host })).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("the validity asked for is the validity issued, and Node judges it", async () => {
    const notBefore = new Date("2020-01-01T00:00:00Z");
    const notAfter = new Date("2021-01-01T00:00:00Z");
    const expired = await authority.issue({ names, notBefore, notAfter });
    const certificate = new X509Certificate(expired.cert);
    expect([new Date(certificate.validFrom), new Date(certificate.validTo)]).toEqual([notBefore, notAfter]);
    expect(await verdictOf(expired, { ca: authority.caPem, host: "mail.contoso.com" })).toBe(
      "CERT_HAS_EXPIRED",
    );
    const future = await authority.issue({ names, notBefore: new Date(Date.now() + 86_400_000) });
    expect(await verdictOf(future, { ca: authority.caPem, host: "mail.contoso.com" })).toBe(
      "CERT_NOT_YET_VALID",
    );
  });

  test("a chain through an intermediate authority carries the intermediate and leaves the root out", async () => {
    const intermediate = await authority.subordinate("Contoso issuing authority");
    const issued = await intermediate.issue({ names });
    expect(issued.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(intermediate.caPem).toBe(authority.caPem);
    expect(await verdictOf(issued, { ca: authority.caPem, host: "mail.contoso.com" })).toBe("authorized");
    const leafOnly = issued.cert.slice(0, issued.cert.indexOf("-----END CERTIFICATE-----") + 25);
    expect(
      await verdictOf({ ...issued, cert: leafOnly }, { ca: authority.caPem, host: "mail.contoso.com" }),
    ).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  test("an exported authority comes back with the same root, and what it issues verifies under that root", async () => {
    const intermediate = await authority.subordinate("Contoso issuing authority");
    for (const original of [authority, intermediate]) {
      const restored = await importAuthority(await exportAuthority(original));
      expect(restored.caPem).toBe(authority.caPem);
      const issued = await restored.issue({ names });
      expect(await verdictOf(issued, { ca: authority.caPem, host: "mail.contoso.com" })).toBe("authorized");
    }
    await expect(importAuthority(authority.caPem)).rejects.toThrow("needs a CERTIFICATE and a PRIVATE KEY");
  });

  test("no two certificates share a serial number, and every one is positive and of full length", async () => {
    const serials = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const issued = await authority.issue({ names: ["a.example"] });
        return new X509Certificate(issued.cert).serialNumber;
      }),
    );
    expect(new Set(serials).size).toBe(50);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test("a name longer than a common name may be is kept whole in the alternative names", async () => {
    const long = `${"a".repeat(60)}.contoso.com`;
    const issued = await authority.issue({ names: [long] });
    expect(await verdictOf(issued, { ca: authority.caPem, host: long })).toBe("authorized");
  });

  test("a certificate for nobody is refused", async () => {
    await expect(authority.issue({ names: [] })).rejects.toThrow(RangeError);
  });

  test("OpenSSL verifies the certificate strictly, for the server's purpose and name", () => {
    const [ca, leaf] = filesOf(authority, server, folder);
    const output = execFileSync(
      "openssl",
      [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-verify_hostname",
        "mail.contoso.com",
        "-CAfile",
        ca,
        leaf,
      ],
      { encoding: "utf8" },
    );
    expect(output).toContain("OK");
  });

  const certtool = spawnSync("certtool", ["--version"]).status === 0;
  (certtool ? test : test.skip)("GnuTLS verifies the certificate for its name", () => {
    const [ca, leaf] = filesOf(authority, server, folder);
    const output = execFileSync(
      "certtool",
      ["--verify", "--verify-hostname", "mail.contoso.com", "--load-ca-certificate", ca, "--infile", leaf],
      { encoding: "utf8" },
    );
    expect(output).toContain("Verified. The certificate is trusted.");
  });
});

function filesOf(authority: Authority, server: IssuedCertificate, folder: string): [string, string] {
  const ca = join(folder, "ca.pem");
  const leaf = join(folder, "leaf.pem");
  writeFileSync(ca, authority.caPem);
  writeFileSync(leaf, server.cert);
  return [ca, leaf];
}
