import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import * as x509 from "@peculiar/x509";
import {
  type Authority,
  createAuthority,
  exportAuthority,
  type IssuedCertificate,
} from "../../lab/certificates.js";
import {
  type FrontFault,
  type FrontOptions,
  type LabFront,
  startOutlookAnywhere,
} from "../../lab/outlook-anywhere/index.js";
import {
  type PreflightOptions,
  type PreflightReport,
  type PreflightSettings,
  preflight,
} from "../../src/on-premises/outlook-anywhere/index.js";
import { findingOf, rehearsal, verdictsOf } from "./rehearsal.js";

const host = "mail.contoso.com";
const account = { username: "CONTOSO\\migadmin", password: "S3cret-of-the-test!" };
const day = 86_400_000;
const settings: PreflightSettings = {
  testMailbox: "a.user@contoso.com",
  account: account.username,
  password: account.password,
  exchangeServer: "ex07.corp.contoso.com",
  rpcProxyServer: host,
  authentication: "Basic",
};

let authority: Authority;
let valid: IssuedCertificate;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  valid = await authority.issue({ names: [host] });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((front) => front.close()));
});

async function start(options: Partial<FrontOptions> = {}): Promise<LabFront> {
  const front = await startOutlookAnywhere({ tls: valid, accounts: [account], ...options });
  open.push(front);
  return front;
}

async function look(
  port: number,
  changes: Partial<PreflightSettings> = {},
  options: Partial<PreflightOptions> = {},
): Promise<PreflightReport> {
  const report = await preflight(
    { ...settings, ...changes },
    {
      timeoutMs: 2000,
      authorities: [authority.caPem],
      network: rehearsal({ [`${host}:443`]: port }),
      ...options,
    },
  );
  expect(JSON.stringify(report)).not.toContain(account.password);
  return report;
}

describe("a server that is right", () => {
  test.each(["Basic", "Ntlm"] as const)(
    "passes everything that can be judged from here, by %s",
    async (authentication) => {
      const front = await start();
      const report = await look(front.port, { authentication });
      expect(verdictsOf(report)).toEqual({
        resolve: "passed",
        connect: "passed",
        "tls-protocol": "passed",
        "certificate-chain": "passed",
        "certificate-name": "passed",
        "certificate-validity": "passed",
        "rpc-in-data": "passed",
        "rpc-out-data": "passed",
        authentication: "passed",
        logon: "passed",
        "exchange-server": "not-judged",
        "exchange-ports": "not-judged",
        "mailbox-access": "not-judged",
      });
      expect(report).toMatchObject({
        problems: [],
        authentication,
        rpcProxyServer: host,
        exchangeServer: "ex07.corp.contoso.com",
      });
      expect(front.requests.filter((request) => request.account !== undefined)).toEqual([
        expect.objectContaining({
          method: "RPC_IN_DATA",
          path: "/rpc/rpcproxy.dll?ex07.corp.contoso.com:6001",
          account: account.username,
          host,
        }),
      ]);
    },
  );

  test("what cannot be judged from here says what settles it, and the internal name is never looked up", async () => {
    const network = rehearsal({ [`${host}:443`]: (await start()).port });
    const report = await look(0, {}, { network });
    for (const check of ["exchange-server", "exchange-ports", "mailbox-access"] as const)
      expect(findingOf(report, check).hint).toContain("Test-MigrationServerAvailability");
    expect(network.asked).not.toContain("ex07.corp.contoso.com");
  });

  test("the account may be given as an e-mail address", async () => {
    const front = await start();
    for (const authentication of ["Basic", "Ntlm"] as const) {
      const report = await look(front.port, { account: "migadmin@contoso.com", authentication });
      expect(findingOf(report, "logon").verdict).toBe("passed");
    }
  });

  test("without a password everything but the logon is judged", async () => {
    const front = await start();
    const { password: _, ...withoutPassword } = settings;
    const report = await preflight(withoutPassword, {
      timeoutMs: 2000,
      authorities: [authority.caPem],
      network: rehearsal({ [`${host}:443`]: front.port }),
    });
    expect(findingOf(report, "logon").verdict).toBe("not-judged");
    expect(report.problems).toEqual([]);
    expect(front.requests.some((request) => request.scheme !== undefined)).toBe(false);
  });
});

describe("a certificate that is wrong", () => {
  type Case = readonly [string, () => Promise<IssuedCertificate>, Record<string, string>, RegExp];
  const other = {
    "certificate-chain": "passed",
    "certificate-name": "passed",
    "certificate-validity": "passed",
  };
  const cases: readonly Case[] = [
    [
      "self-signed",
      () => authority.issue({ names: [host], selfSigned: true }),
      { ...other, "certificate-chain": "failed" },
      /self-signed, which Outlook Anywhere cannot use.*can't be configured with a self-signed certificate/,
    ],
    [
      "expired",
      () => authority.issue({ names: [host], notAfter: new Date(Date.now() - day / 2) }),
      { ...other, "certificate-validity": "failed" },
      /the certificate expired on \d{4}-\d\d-\d\d/,
    ],
    [
      "not yet valid",
      () => authority.issue({ names: [host], notBefore: new Date(Date.now() + day) }),
      { ...other, "certificate-validity": "failed" },
      /the certificate is not valid before/,
    ],
    [
      "made for another name",
      () => authority.issue({ names: ["owa.contoso.com", "*.corp.contoso.com"] }),
      { ...other, "certificate-name": "failed" },
      /made for owa\.contoso\.com, \*\.corp\.contoso\.com, not for mail\.contoso\.com/,
    ],
    [
      "from an unknown issuer",
      async () => (await createAuthority({ name: "Fabrikam Root" })).issue({ names: [host] }),
      { ...other, "certificate-chain": "failed" },
      /issuer CN=Fabrikam Root is neither a trusted root nor sent by the server/,
    ],
    [
      "from a private authority that the server sends along",
      async () => {
        const fabrikam = await createAuthority({ name: "Fabrikam Root" });
        const issued = await fabrikam.issue({ names: [host] });
        return { ...issued, cert: issued.cert + fabrikam.caPem };
      },
      { ...other, "certificate-chain": "failed" },
      /issued by a private authority, CN=Fabrikam Root, which nobody outside trusts/,
    ],
    [
      "sent without its intermediate",
      async () => {
        const issued = await (await authority.subordinate("Contoso Issuing")).issue({ names: [host] });
        return { ...issued, cert: firstOf(issued.cert) };
      },
      { ...other, "certificate-chain": "failed" },
      /issuer CN=Contoso Issuing is neither .*: an intermediate certificate is missing, or the authority is private/,
    ],
    [
      "self-signed, expired and for another name",
      () =>
        authority.issue({
          names: ["old.contoso.com"],
          selfSigned: true,
          notBefore: new Date(Date.now() - 3 * day),
          notAfter: new Date(Date.now() - 2 * day),
        }),
      { "certificate-chain": "failed", "certificate-name": "failed", "certificate-validity": "failed" },
      /self-signed.*made for old\.contoso\.com.*expired/s,
    ],
  ];

  test.each(cases)("%s fails in that alone, and gets no password", async (_, issue, verdicts, text) => {
    const front = await start({ tls: await issue() });
    const report = await look(front.port);
    expect(verdictsOf(report)).toMatchObject({ ...verdicts, "rpc-in-data": "passed", logon: "not-judged" });
    expect(report.problems.map((problem) => `${problem.reason} ${problem.hint}`).join("\n")).toMatch(text);
    expect(report.problems).toHaveLength(
      Object.values(verdicts).filter((verdict) => verdict === "failed").length,
    );
    expect(front.requests.some((request) => request.scheme !== undefined)).toBe(false);
  });

  test("a chain through an intermediate that is sent passes", async () => {
    const front = await start({
      tls: await (await authority.subordinate("Contoso Issuing")).issue({ names: [host] }),
    });
    expect((await look(front.port)).problems).toEqual([]);
  });

  test.each([
    ["valid", 30],
    ["expired", -1],
  ])(
    "a root that an older one has signed as well is that root, its %s cross-certificate sent along",
    async (_, days) => {
      const issued = await authority.issue({ names: [host] });
      const cross = await crossSigned(authority, days);
      const front = await start({ tls: { ...issued, cert: issued.cert + cross } });
      const report = await look(front.port);
      expect(report.problems).toEqual([]);
      expect(findingOf(report, "logon").verdict).toBe("passed");
    },
  );

  test.each([
    [29.5, "warning"],
    [30.5, "passed"],
    [-0.5, "failed"],
  ])("with %d days left by the service's clock, the validity is: %s", async (days, verdict) => {
    const end = new Date(Date.now() + 100 * day);
    const front = await start({ tls: await authority.issue({ names: [host], notAfter: end }) });
    const report = await look(front.port, {}, { now: new Date(end.getTime() - days * day) });
    expect(findingOf(report, "certificate-validity").verdict).toBe(verdict);
  });

  test("a wildcard passes for one label and not for two", async () => {
    const front = await start({ tls: await authority.issue({ names: ["*.contoso.com"] }) });
    expect(findingOf(await look(front.port), "certificate-name").verdict).toBe("passed");
    const deep = "mail.eu.contoso.com";
    const report = await look(
      front.port,
      { rpcProxyServer: deep },
      { network: rehearsal({ [`${deep}:443`]: front.port }) },
    );
    expect(findingOf(report, "certificate-name").verdict).toBe("failed");
  });

  test("without authorities given, a private authority is unknown", async () => {
    const front = await start();
    const report = await preflight(settings, {
      timeoutMs: 2000,
      network: rehearsal({ [`${host}:443`]: front.port }),
    });
    expect(findingOf(report, "certificate-chain").verdict).toBe("failed");
  });
});

describe("TLS", () => {
  test.each(["TLSv1", "TLSv1.1"] as const)(
    "a server with %s only is told apart from a dead one, and looked at all the same",
    async (version) => {
      const tls = { ...valid, minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
      const front = await start({ tls });
      const report = await look(front.port);
      expect(findingOf(report, "tls-protocol")).toMatchObject({
        verdict: "warning",
        detail: expect.stringContaining(`nothing newer than ${version};`),
      });
      expect(verdictsOf(report)).toMatchObject({
        "certificate-chain": "passed",
        "rpc-in-data": "passed",
        logon: "passed",
      });
      expect(report.problems).toEqual([]);
    },
  );

  test("TLS 1.2 is fine", async () => {
    const front = await start({ tls: { ...valid, maxVersion: "TLSv1.2" } });
    expect(findingOf(await look(front.port), "tls-protocol")).toMatchObject({
      verdict: "passed",
      detail: "speaks TLSv1.2",
    });
  });

  test("a web server without TLS is named as such", async () => {
    const port = await listening((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const report = await look(port);
    expect(verdictsOf(report)).toMatchObject({ connect: "passed", "tls-protocol": "failed" });
    expect(findingOf(report, "tls-protocol").detail).toContain("but not in TLS");
  });

  test("a server that hangs up at the handshake is dead with old versions too", async () => {
    const report = await look(await listening((socket) => socket.destroy()));
    expect(findingOf(report, "tls-protocol").detail).toMatch(/fails the TLS handshake, also with TLS 1\.0/);
  });

  test("a server that never shakes hands times out", async () => {
    const report = await look(await listening(() => undefined), {}, { timeoutMs: 200 });
    expect(findingOf(report, "tls-protocol").detail).toContain("ETIMEDOUT");
  });
});

describe("the way there", () => {
  test("a name that does not resolve is all that is said", async () => {
    const report = await look(0, {}, { network: rehearsal({}) });
    expect(findingOf(report, "resolve")).toMatchObject({
      verdict: "failed",
      detail: "does not resolve (ENOTFOUND)",
    });
    expect(report.problems).toEqual([
      expect.objectContaining({
        code: "outlook-anywhere-resolve",
        subject: "Outlook Anywhere mail.contoso.com:443",
      }),
    ]);
  });

  test("a closed port is not mistaken for a TLS fault", async () => {
    const report = await look(0, {}, { network: rehearsal({ [`${host}:80`]: 1 }) });
    expect(verdictsOf(report)).toMatchObject({ resolve: "passed", connect: "failed" });
    expect(findingOf(report, "connect").detail).toBe("nothing listens on port 443");
  });

  test("private addresses are a warning", async () => {
    const front = await start();
    let first = true;
    const network = rehearsal({ [`${host}:443`]: front.port });
    const report = await look(
      0,
      {},
      {
        network: {
          ...network,
          addresses: async (name) => {
            const addresses = first ? ["10.1.2.3", "fd00::1"] : await network.addresses(name);
            first = false;
            return addresses;
          },
        },
      },
    );
    expect(findingOf(report, "resolve")).toMatchObject({
      verdict: "warning",
      detail: "resolves to 10.1.2.3, fd00::1, which cannot be reached from outside",
    });
  });
});

describe("the RPC proxy's answers", () => {
  const html = { "Content-Type": "text/html" };
  const cases: readonly (readonly [string, FrontFault, RegExp])[] = [
    ["404", { status: 404 }, /answers 404: there is no RPC proxy.*RPC over HTTP Proxy component/],
    [
      "403.4",
      { status: 403, headers: html, body: "HTTP Error 403.4 - Forbidden" },
      /SSL is required \(403\.4\).*offloading/,
    ],
    ["403.7", { status: 403, headers: html, body: "403.7" }, /a client certificate is demanded/],
    ["403.6", { status: 403, headers: html, body: "HTTP Error 403.6" }, /this address may not connect/],
    ["403", { status: 403 }, /access is forbidden/],
    [
      "200 from the proxy without authentication",
      { status: 200, headers: { "Content-Type": "application/rpc" } },
      /lets anybody in.*anonymous access/,
    ],
    [
      "200 from a web site",
      { status: 200, headers: html, body: "Hello" },
      /not the RPC proxy's virtual directory/,
    ],
    ["401 without a challenge", { status: 401 }, /401 without WWW-Authenticate/],
    [
      "a redirect",
      { status: 302, headers: { Location: "https://owa.contoso.com/owa?token=abc" } },
      /a redirect to https:\/\/owa\.contoso\.com, which/,
    ],
    ["405", { status: 405 }, /the verb is refused.*URLScan/],
    ["501", { status: 501 }, /the verb is refused/],
    ["413", { status: 413 }, /too large/],
    ["503", { status: 503 }, /application pool/],
    ["418", { status: 418 }, /not an answer of an RPC proxy/],
    ["a reset", "reset", /is not answered \(ECONNRESET\)/],
  ];

  test.each(cases)("%s is explained, for both verbs", async (_, fault, text) => {
    const front = await start({ faults: { "rpc-in-data": fault, "rpc-out-data": fault } });
    const report = await look(front.port);
    expect(verdictsOf(report)).toMatchObject({
      "rpc-in-data": "failed",
      "rpc-out-data": "failed",
      authentication: "not-judged",
      logon: "not-judged",
    });
    expect(report).not.toHaveProperty("authentication");
    for (const { reason, hint } of report.problems) expect(`${reason} ${hint}`).toMatch(text);
    expect(report.problems).toHaveLength(2);
  });

  test("a verb that only one direction lets pass is named", async () => {
    const front = await start({ faults: { "rpc-out-data": { status: 405 } } });
    const report = await look(front.port);
    expect(verdictsOf(report)).toMatchObject({ "rpc-in-data": "passed", "rpc-out-data": "failed" });
  });

  test("silence is bounded by the time given", async () => {
    const front = await start({ faults: { "rpc-in-data": "silence", "rpc-out-data": "silence" } });
    const begun = Date.now();
    const report = await look(front.port, {}, { timeoutMs: 200 });
    expect(findingOf(report, "rpc-in-data").detail).toContain("ETIMEDOUT");
    expect(Date.now() - begun).toBeLessThan(1500);
  });

  test("a certificate's fault hides none of the proxy's", async () => {
    const tls = await authority.issue({ names: ["x.contoso.com"], selfSigned: true });
    const front = await start({ tls, faults: { "rpc-in-data": { status: 404 } } });
    expect((await look(front.port)).problems.map((problem) => problem.code)).toEqual([
      "outlook-anywhere-certificate-chain",
      "outlook-anywhere-certificate-name",
      "outlook-anywhere-rpc-in-data",
    ]);
  });
});

describe("authentication", () => {
  test.each([
    ["Basic", "Ntlm", "authentication: Ntlm"],
    ["Ntlm", "Basic", "authentication: Basic"],
  ] as const)(
    "%s asked and only %s offered fails, and the account is not tried",
    async (asked, offered, hint) => {
      const front = await start({ authentication: [offered] });
      const report = await look(front.port, { authentication: asked });
      expect(verdictsOf(report)).toMatchObject({ authentication: "failed", logon: "not-judged" });
      expect(findingOf(report, "authentication").hint).toContain(hint);
      expect(front.requests.some((request) => request.scheme !== undefined)).toBe(false);
    },
  );

  test.each(["Basic", "Ntlm"] as const)(
    "a wrong password is tried once by %s and refused",
    async (authentication) => {
      const front = await start();
      const report = await look(front.port, { authentication, password: "wrong" });
      expect(findingOf(report, "logon")).toMatchObject({
        verdict: "failed",
        detail: `the RPC proxy refuses CONTOSO\\migadmin by ${authentication}`,
      });
      // NTLM's one attempt is two requests.
      const tries = front.requests.filter((request) => request.scheme !== undefined);
      expect(tries).toHaveLength(authentication === "Basic" ? 1 : 2);
    },
  );

  test("where Negotiate alone is offered, NTLM is not tried and the account not blamed", async () => {
    const negotiate: FrontFault = { status: 401, headers: { "WWW-Authenticate": "Negotiate" } };
    const front = await start({
      faults: { "rpc-in-data": negotiate, "rpc-out-data": negotiate },
    });
    const report = await look(front.port, { authentication: "Ntlm" });
    expect(findingOf(report, "logon")).toMatchObject({
      verdict: "not-judged",
      detail: expect.stringContaining("no password was sent"),
    });
    expect(report.problems).toEqual([]);
  });

  test("a client certificate that TLS 1.3 demands is named as such", async () => {
    const front = await start({ tls: { ...valid, requestCert: true } });
    const report = await look(front.port);
    expect(findingOf(report, "rpc-in-data").hint).toContain("demands a client certificate");
  });

  const after: readonly (readonly [string, FrontFault, string, RegExp])[] = [
    [
      "a dead backend",
      { status: 503, body: "RPC Error: 6ba" },
      "warning",
      /cannot reach the Exchange server/,
    ],
    [
      "a web page",
      { status: 200, headers: { "Content-Type": "text/html" } },
      "failed",
      /a web page instead of application\/rpc/,
    ],
    ["403", { status: 403 }, "failed", /answers CONTOSO\\migadmin with 403/],
  ];
  test.each(after)("%s after the logon is explained", async (_, fault, verdict, text) => {
    const front = await start({ faults: { "rpc-logon": fault } });
    const report = await look(front.port);
    expect(findingOf(report, "logon").verdict).toBe(verdict);
    expect(findingOf(report, "logon").detail).toMatch(text);
  });
});

/** The authority's key and name in a certificate that another root has signed, as roots are introduced. */
async function crossSigned(root: Authority, days: number): Promise<string> {
  const older = await createAuthority({ name: "Older Root" });
  const [own] = pemBlocks(root.caPem);
  const [key] = pemBlocks(await exportAuthority(older)).filter((block) => block.type === "PRIVATE KEY");
  if (own === undefined || key === undefined) throw new TypeError("an authority without certificate or key");
  const certificate = new x509.X509Certificate(own.rawData);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: "41",
    subject: certificate.subject,
    issuer: "CN=Older Root",
    publicKey: certificate.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", key.rawData, algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 400 * day),
    notAfter: new Date(Date.now() + days * day),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return `${made.toString("pem")}\n`;
}

const pemBlocks = (pem: string) => x509.PemConverter.decodeWithHeaders(pem);

function firstOf(chain: string): string {
  const end = "-----END CERTIFICATE-----";
  return `${chain.slice(0, chain.indexOf(end) + end.length)}\n`;
}

/** A plain TCP server, closed after the test; its port. */
async function listening(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
