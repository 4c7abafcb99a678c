import { type Authority, createAuthority } from "../../lab/certificates.js";
import { type FrontOptions, type LabFront, startOutlookAnywhere } from "../../lab/outlook-anywhere/index.js";
import {
  type Network,
  type PreflightReport,
  preflight,
} from "../../src/on-premises/outlook-anywhere/index.js";
import { findingOf, rehearsal } from "./rehearsal.js";

const account = { username: "CONTOSO\\migadmin", password: "S3cret-of-the-test!" };
const servers = {
  rpcProxyServer: "mail.contoso.com",
  exchangeServer: "EX07.corp.contoso.com",
  certPrincipalName: "msstd:mail.contoso.com",
};
const path = "/autodiscover/autodiscover.xml";

let authority: Authority;
const open: LabFront[] = [];

beforeAll(async () => {
  authority = await createAuthority();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((front) => front.close()));
});

/** A server with a certificate for these names and a working Autodiscover, unless the options say otherwise. */
async function start(names: string[], options: Partial<FrontOptions> = {}): Promise<LabFront> {
  const front = await startOutlookAnywhere({
    tls: await authority.issue({ names }),
    accounts: [account],
    autodiscover: servers,
    ...options,
  });
  open.push(front);
  return front;
}

async function look(
  network: Network,
  changes: { password?: string; autodiscoverBase?: string[] } = {},
): Promise<PreflightReport> {
  const report = await preflight(
    {
      testMailbox: "a.user@contoso.com",
      account: account.username,
      password: account.password,
      authentication: "Basic",
      ...changes,
    },
    { timeoutMs: 2000, authorities: [authority.caPem], network },
  );
  expect(JSON.stringify(report)).not.toContain(account.password);
  return report;
}

/** The one working server, reached as `mail.contoso.com` and by the other names. */
const exchangeNames = ["mail.contoso.com", "contoso.com", "autodiscover.contoso.com", "ad.contoso.com"];

/** A redirect by XML, as Exchange sends it. */
function redirecting(element: string): { status: number; body: string } {
  return {
    status: 200,
    body: `<Autodiscover><Response><Account>${element}</Account></Response></Autodiscover>`,
  };
}

describe("the order of the protocol", () => {
  test("the domain itself is asked first, and both servers are found and looked at", async () => {
    const front = await start(exchangeNames);
    const report = await look(
      rehearsal({ "contoso.com:443": front.port, "mail.contoso.com:443": front.port }),
    );
    expect(report).toMatchObject({
      problems: [],
      rpcProxyServer: "mail.contoso.com",
      exchangeServer: "ex07.corp.contoso.com",
      authentication: "Basic",
    });
    expect(findingOf(report, "autodiscover")).toMatchObject({
      verdict: "passed",
      detail: `https://contoso.com:443${path} names RPC proxy mail.contoso.com, Exchange server ex07.corp.contoso.com, authentication Basic`,
    });
    expect(findingOf(report, "certificate-principal").verdict).toBe("passed");
  });

  test("then autodiscover.<domain>, when the domain is another web site", async () => {
    const website = await start(["contoso.com"], {
      autodiscover: servers,
      faults: { autodiscover: { status: 200, body: "<html>Welcome</html>" } },
    });
    const front = await start(exchangeNames);
    const network = rehearsal({
      "contoso.com:443": website.port,
      "autodiscover.contoso.com:443": front.port,
      "mail.contoso.com:443": front.port,
    });
    expect(findingOf(await look(network), "autodiscover")).toMatchObject({
      verdict: "passed",
      detail: expect.stringContaining("https://autodiscover.contoso.com:443"),
    });
    // The web site was asked, and never told the password.
    expect(website.requests.map((request) => request.scheme)).toEqual([undefined]);
  });

  test("then the redirect of a plain GET, inside the mailbox's domain", async () => {
    const front = await start(exchangeNames, { redirect: { location: `https://ad.contoso.com${path}` } });
    const network = rehearsal({
      "autodiscover.contoso.com:80": front.redirectPort ?? 0,
      "ad.contoso.com:443": front.port,
      "mail.contoso.com:443": front.port,
    });
    expect(findingOf(await look(network), "autodiscover").detail).toContain("https://ad.contoso.com:443");
    expect(front.requests[0]).toMatchObject({
      method: "GET",
      host: "autodiscover.contoso.com",
      outcome: 302,
    });
    expect(front.requests[0]).not.toHaveProperty("scheme");
  });

  test("then the SRV record, best priority first", async () => {
    const front = await start(exchangeNames);
    const network = rehearsal(
      { "ad.contoso.com:8443": front.port, "mail.contoso.com:443": front.port },
      {
        "_autodiscover._tcp.contoso.com": [
          { name: "later.contoso.com", port: 443, priority: 20, weight: 0 },
          { name: "ad.contoso.com", port: 8443, priority: 10, weight: 0 },
        ],
      },
    );
    expect(findingOf(await look(network), "autodiscover").detail).toContain("https://ad.contoso.com:8443");
    expect(network.asked).not.toContain("later.contoso.com");
  });

  test("when nothing is found, every place is named with its reason, once", async () => {
    const selfSigned = await start(["contoso.com"], {
      tls: await authority.issue({ names: ["contoso.com"], selfSigned: true }),
    });
    const report = await look(rehearsal({ "contoso.com:443": selfSigned.port }));
    expect(report.problems).toEqual([
      expect.objectContaining({
        code: "outlook-anywhere-autodiscover",
        reason:
          "no Autodiscover service is found for contoso.com: contoso.com:443: DEPTH_ZERO_SELF_SIGNED_CERT; " +
          "autodiscover.contoso.com:443: ENOTFOUND; http://autodiscover.contoso.com: ENOTFOUND; " +
          "_autodiscover._tcp.contoso.com: no SRV record",
        hint: expect.stringContaining("Give exchangeServer and rpcProxyServer"),
      }),
    ]);
    expect(report.findings).toHaveLength(1);
    expect(selfSigned.requests).toEqual([]);
  });

  test("places given by hand stand in for all of the protocol's", async () => {
    const front = await start(exchangeNames);
    const network = rehearsal({ "ad.contoso.com:9443": front.port, "mail.contoso.com:443": front.port });
    const report = await look(network, { autodiscoverBase: ["nowhere.contoso.com", "ad.contoso.com:9443"] });
    expect(report.problems).toEqual([]);
    expect(network.asked).not.toContain("contoso.com");
  });
});

describe("redirects", () => {
  test.each([
    ["by status", { status: 302, headers: { Location: `https://ad.fabrikam.com${path}` } }],
    ["by URL in the answer", redirecting(`<RedirectUrl>https://ad.fabrikam.com${path}</RedirectUrl>`)],
  ])("%s are followed to another domain, because TLS proved who sends them", async (_, redirect) => {
    const first = await start(["contoso.com"], { faults: { autodiscover: redirect } });
    const second = await start(["ad.fabrikam.com", "mail.contoso.com"]);
    const network = rehearsal({
      "contoso.com:443": first.port,
      "ad.fabrikam.com:443": second.port,
      "mail.contoso.com:443": second.port,
    });
    expect(findingOf(await look(network), "autodiscover").detail).toContain("https://ad.fabrikam.com:443");
  });

  test("to another address start over at that address's domain", async () => {
    const first = await start(["contoso.com"], {
      faults: { autodiscover: redirecting("<RedirectAddr>a.user@fabrikam.com</RedirectAddr>") },
    });
    const second = await start(["fabrikam.com", "mail.contoso.com"]);
    const network = rehearsal({
      "contoso.com:443": first.port,
      "fabrikam.com:443": second.port,
      "mail.contoso.com:443": second.port,
    });
    expect(findingOf(await look(network), "autodiscover")).toMatchObject({
      verdict: "passed",
      subject: "a.user@fabrikam.com",
    });
  });

  test("in a circle end", async () => {
    const front = await start(["contoso.com", "ad.contoso.com"], {
      faults: { autodiscover: { status: 302, headers: { Location: `https://ad.contoso.com${path}` } } },
    });
    const report = await look(rehearsal({ "contoso.com:443": front.port, "ad.contoso.com:443": front.port }));
    expect(findingOf(report, "autodiscover")).toMatchObject({
      verdict: "failed",
      detail: expect.stringContaining("in a circle"),
    });
    expect(front.requests).toHaveLength(2);
  });

  test("without an end are bounded", async () => {
    let number = 0;
    const location = (): string => `https://contoso.com${path}?${++number}`;
    const front = await start(["contoso.com"], {
      faults: {
        autodiscover: {
          status: 302,
          headers: {
            get Location() {
              return location();
            },
          },
        },
      },
    });
    const report = await look(rehearsal({ "contoso.com:443": front.port }));
    expect(findingOf(report, "autodiscover").detail).toContain("too often");
    expect(front.requests).toHaveLength(11);
  });

  test("to anything but https are not followed", async () => {
    const front = await start(["contoso.com"], {
      faults: { autodiscover: { status: 302, headers: { Location: `http://ad.contoso.com${path}` } } },
    });
    const report = await look(rehearsal({ "contoso.com:443": front.port }));
    expect(findingOf(report, "autodiscover").detail).toContain(
      "contoso.com:443: redirects to no https address",
    );
  });
});

describe("whom to believe", () => {
  test.each(["redirect", "SRV record"])(
    "a %s that leads out of the domain is not followed: nothing vouches for it",
    async (kind) => {
      // It has a valid certificate of its own, and would gladly take the password or name an RPC proxy.
      const stranger = await start(["mail.stranger.example"], {
        redirect: { location: `https://mail.stranger.example${path}` },
      });
      const network = rehearsal(
        {
          "mail.stranger.example:443": stranger.port,
          ...(kind === "redirect" ? { "autodiscover.contoso.com:80": stranger.redirectPort ?? 0 } : {}),
        },
        {
          "_autodiscover._tcp.contoso.com":
            kind === "redirect" ? [] : [{ name: "mail.stranger.example", port: 443, priority: 0, weight: 0 }],
        },
      );
      const report = await look(network);
      expect(findingOf(report, "autodiscover")).toMatchObject({
        verdict: "not-judged",
        detail: expect.stringContaining("mail.stranger.example:443, outside of contoso.com"),
      });
      expect(report).not.toHaveProperty("rpcProxyServer");
      expect(stranger.requests.filter((request) => request.method === "POST")).toEqual([]);
    },
  );

  test("a domain that ends like the mailbox's is another domain", async () => {
    const stranger = await start(["evilcontoso.com"], {
      redirect: { location: `https://evilcontoso.com${path}` },
    });
    const report = await look(
      rehearsal({
        "autodiscover.contoso.com:80": stranger.redirectPort ?? 0,
        "evilcontoso.com:443": stranger.port,
      }),
    );
    expect(findingOf(report, "autodiscover").verdict).toBe("not-judged");
  });

  test("Microsoft 365 is recognised, and told nothing", async () => {
    const front = await start(["contoso.com"], {
      faults: {
        autodiscover: { status: 302, headers: { Location: `https://autodiscover-s.outlook.com${path}` } },
      },
    });
    const network = rehearsal({ "contoso.com:443": front.port });
    const report = await look(network);
    expect(report.problems[0]?.reason).toContain(
      "leads to Microsoft 365 (autodiscover-s.outlook.com) already",
    );
    expect(network.asked).not.toContain("autodiscover-s.outlook.com");
  });
});

describe("the account", () => {
  test("without a password Autodiscover is found and not judged", async () => {
    const front = await start(exchangeNames);
    const report = await preflight(
      { testMailbox: "a.user@contoso.com", account: account.username, authentication: "Basic" },
      {
        timeoutMs: 2000,
        authorities: [authority.caPem],
        network: rehearsal({ "contoso.com:443": front.port }),
      },
    );
    expect(report.findings).toEqual([
      expect.objectContaining({
        check: "autodiscover",
        verdict: "not-judged",
        detail:
          "Autodiscover answers at contoso.com:443 and asks for authentication (Basic, NTLM); no password is given",
      }),
    ]);
    expect(front.requests).toHaveLength(1);
  });

  test("a wrong password is tried at two places at most, lest the account be locked", async () => {
    const front = await start(exchangeNames);
    const network = rehearsal(
      {
        "contoso.com:443": front.port,
        "autodiscover.contoso.com:443": front.port,
        "ad.contoso.com:443": front.port,
      },
      { "_autodiscover._tcp.contoso.com": [{ name: "ad.contoso.com", port: 443, priority: 0, weight: 0 }] },
    );
    const report = await look(network, { password: "wrong" });
    expect(findingOf(report, "autodiscover")).toMatchObject({
      verdict: "failed",
      detail: expect.stringContaining("refuses the account"),
      hint: expect.stringContaining("neither locked nor expired"),
    });
    expect(front.requests.filter((request) => request.scheme !== undefined)).toHaveLength(2);
  });

  test("a web host that refuses the password does not hide the Autodiscover behind it", async () => {
    const webHost = await start(["contoso.com"], { accounts: [] });
    const front = await start(exchangeNames);
    const network = rehearsal({
      "contoso.com:443": webHost.port,
      "autodiscover.contoso.com:443": front.port,
      "mail.contoso.com:443": front.port,
    });
    expect((await look(network)).problems).toEqual([]);
  });

  test("NTLM is used where Autodiscover offers nothing else", async () => {
    const front = await start(exchangeNames, { authentication: ["Ntlm"] });
    const network = rehearsal({ "contoso.com:443": front.port, "mail.contoso.com:443": front.port });
    const report = await look(network);
    expect(findingOf(report, "autodiscover").verdict).toBe("passed");
    expect(findingOf(report, "authentication").verdict).toBe("failed");
  });
});

describe("the answer", () => {
  async function answering(options: Partial<FrontOptions>): Promise<PreflightReport> {
    const front = await start(exchangeNames, options);
    return look(rehearsal({ "contoso.com:443": front.port, "mail.contoso.com:443": front.port }));
  }

  test("an unknown test mailbox is told by Exchange's own words", async () => {
    const report = await answering({ autodiscover: { ...servers, knows: () => false } });
    expect(report.problems).toEqual([
      expect.objectContaining({
        reason: expect.stringContaining("error 500: The e-mail address cannot be found."),
        hint: expect.stringContaining("testMailbox"),
      }),
    ]);
  });

  test("no Outlook Anywhere is a fault of its own", async () => {
    const report = await answering({
      faults: {
        autodiscover: redirecting("<Protocol><Type>EXCH</Type><Server>ex07.contoso.com</Server></Protocol>"),
      },
    });
    expect(report.problems[0]?.reason).toContain("names no Outlook Anywhere (no protocol EXPR)");
    expect(report.exchangeServer).toBe("ex07.contoso.com");
  });

  test("an RPC proxy without an Exchange server is a fault of its own, and the proxy is looked at", async () => {
    const report = await answering({
      faults: {
        autodiscover: redirecting("<Protocol><Type>EXPR</Type><Server>mail.contoso.com</Server></Protocol>"),
      },
    });
    expect(report.problems.map((problem) => problem.code)).toEqual(["outlook-anywhere-exchange-server"]);
    expect(findingOf(report, "logon").verdict).toBe("passed");
  });

  test.each([
    ["msstd:owa.contoso.com", "warning"],
    ["msstd:MAIL.contoso.com", "passed"],
    ["none", "passed"],
  ])("the certificate's principal %s is: %s", async (certPrincipalName, verdict) => {
    const report = await answering({ autodiscover: { ...servers, certPrincipalName } });
    expect(findingOf(report, "certificate-principal").verdict).toBe(verdict);
  });

  test("SSL off is a warning", async () => {
    const report = await answering({
      faults: {
        autodiscover: redirecting(
          "<Protocol><Type>EXPR</Type><Server>mail.contoso.com</Server><SSL>Off</SSL></Protocol>",
        ),
      },
    });
    expect(findingOf(report, "autodiscover").verdict).toBe("warning");
  });
});
