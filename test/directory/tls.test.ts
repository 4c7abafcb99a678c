import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createServer as createSecureServer, setDefaultCACertificates } from "node:tls";
import { type Authority, createAuthority, type IssuedCertificate } from "../../lab/certificates.js";
import { startDirectoryServer } from "../../lab/directory/index.js";
import { connectDirectory } from "../../src/on-premises/directory/index.js";

const bindDn = "CN=Admin,DC=contoso,DC=com";
const day = 86_400_000;
const ips = ["127.0.0.1"];
const names = ["dc1.contoso.com"];

function connectTo(url: string): Promise<unknown> {
  return connectDirectory({ url, bindDn, baseDn: "DC=contoso,DC=com", pageSize: 100 }, "secret-of-the-admin");
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("the domain controller's certificate", () => {
  let trusted: Authority;
  beforeAll(async () => {
    trusted = await createAuthority();
    setDefaultCACertificates([trusted.caPem]);
  });

  const faults: [string, string, () => Promise<IssuedCertificate>][] = [
    ["self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT", () => trusted.issue({ names, ips, selfSigned: true })],
    [
      "expired",
      "CERT_HAS_EXPIRED",
      () =>
        trusted.issue({
          names,
          ips,
          notBefore: new Date(Date.now() - 9 * day),
          notAfter: new Date(Date.now() - day),
        }),
    ],
    ["for another name", "ERR_TLS_CERT_ALTNAME_INVALID", () => trusted.issue({ names, ips: ["127.0.0.9"] })],
    [
      "of an unknown issuer",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      async () => (await createAuthority()).issue({ names, ips }),
    ],
  ];

  it.each(faults)(
    "%s is refused by LDAPS and StartTLS before any password is sent",
    async (_, status, issue) => {
      const lab = await startDirectoryServer({
        entries: [],
        tls: await issue(),
        accounts: [{ dn: bindDn, password: "secret-of-the-admin", rights: "admin" }],
      });
      for (const url of [`ldaps://127.0.0.1:${lab.ldapsPort}`, `ldap://127.0.0.1:${lab.ldapPort}`])
        await expect(connectTo(url)).rejects.toMatchObject({
          code: "directory-tls",
          problems: [{ subject: url, status, hint: expect.any(String) }],
        });
      expect(lab.requests.bind).toBe(0);
      await lab.close();
    },
  );

  it("does not matter when the server offers TLS 1.0 only: that is refused too", async () => {
    const server = createSecureServer({
      ...(await trusted.issue({ names, ips })),
      minVersion: "TLSv1",
      maxVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    await expect(connectTo(`ldaps://127.0.0.1:${portOf(server)}`)).rejects.toMatchObject({
      code: "directory-tls",
    });
    server.close();
  });
});

describe("a server that is not there", () => {
  it("is named with what to check", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `ldaps://127.0.0.1:${portOf(server)}`;
    server.close();
    await once(server, "close");
    await expect(connectTo(url)).rejects.toMatchObject({
      code: "directory-unreachable",
      problems: [{ subject: url, reason: expect.stringContaining("ECONNREFUSED") }],
    });
  });

  it("is told from one that does not speak TLS", async () => {
    const server = createServer((socket) => socket.end("220 mail.contoso.com ESMTP\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    await expect(connectTo(`ldaps://127.0.0.1:${portOf(server)}`)).rejects.toMatchObject({
      code: "directory-tls",
    });
    server.close();
  });
});
