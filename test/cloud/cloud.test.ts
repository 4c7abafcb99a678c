import { retryAfterMs, retryDelay } from "../../src/base/retry.js";
import { scrub } from "../../src/base/scrub.js";
import { ServiceClock } from "../../src/microsoft365/http/clock.js";
import { trusts } from "../../src/microsoft365/http/clouds.js";
import { EnvironmentTokens } from "../../src/microsoft365/http/credential.js";
import { cloudOf, newSession, openCloud, scopeOf } from "../../src/microsoft365/index.js";
import { scriptedServer } from "./scripted-server.js";
import { loopbackCloud, tenantId } from "./tokens.js";

describe("clouds", () => {
  test.each([
    ["worldwide", "https://graph.microsoft.com/.default", "https://outlook.office365.com/.default"],
    ["gcchigh", "https://graph.microsoft.us/.default", "https://outlook.office365.us/.default"],
    ["dod", "https://dod-graph.microsoft.us/.default", "https://outlook-dod.office365.us/.default"],
    ["china", "https://microsoftgraph.chinacloudapi.cn/.default", "https://partner.outlook.cn/.default"],
  ] as const)("%s asks for tokens of its own services", (cloud, graph, exchange) => {
    const addresses = cloudOf({ id: tenantId, cloud });
    expect([scopeOf(addresses.graph), scopeOf(addresses.exchange)]).toEqual([graph, exchange]);
  });

  test("endpoints of one's own replace all three, without trailing slashes", () => {
    const own = cloudOf({
      id: tenantId,
      cloud: "worldwide",
      endpoints: { authority: "https://a.test/", graph: "https://g.test:1/x/", exchange: "https://e.test//" },
    });
    expect(own).toMatchObject({
      authority: "https://a.test",
      graph: "https://g.test:1/x",
      exchange: "https://e.test",
    });
    expect(scopeOf(own.graph)).toBe("https://g.test:1/.default");
  });

  const worldwide = cloudOf({ id: tenantId, cloud: "worldwide" });
  const lab = loopbackCloud("http://127.0.0.1:4000");
  test.each([
    [worldwide, "https://outlook.office365.com/adminapi", true],
    [worldwide, "https://eur01.outlook.office365.com/x", true],
    [worldwide, "https://am0pr01mb1.eurprd01.prod.outlook.com:444/x", true],
    [worldwide, "http://outlook.office365.com/adminapi", false],
    [worldwide, "https://evil-office365.com/", false],
    [worldwide, "https://office365.com.evil.example/", false],
    [worldwide, "https://outlook.office365.us/", false],
    [worldwide, "https://outlook.office365.com@evil.example/", false],
    [lab, "http://127.0.0.1:4000/x", true],
    [lab, "http://127.0.0.1:4001/x", false],
    [lab, "http://localhost:4000/x", false],
    [loopbackCloud("http://graph.corp.example"), "http://graph.corp.example/x", false],
  ])("trust %#: %o %s %s", (cloud, url, expected) => {
    expect(trusts(cloud, url)).toBe(expected);
  });

  test("a cloud has one session in a process", () => {
    expect(openCloud(worldwide)).toBe(openCloud(cloudOf({ id: tenantId, cloud: "worldwide" })));
    expect(openCloud(worldwide)).not.toBe(openCloud(lab));
  });
});

describe("credentials", () => {
  const names = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TOKEN_CREDENTIALS",
  ] as const;
  const before = names.map((name) => process.env[name]);
  afterEach(() => {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test("missing ones are named with the variables to set", async () => {
    for (const name of names) delete process.env[name];
    process.env["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential";
    await expect(new EnvironmentTokens(loopbackCloud("https://127.0.0.1:1")).getToken("x")).rejects.toThrow(
      /no credential was found.*AZURE_CLIENT_ID with AZURE_CLIENT_SECRET/,
    );
  });

  test("those of another tenant are refused before anything is sent", async () => {
    process.env["AZURE_TENANT_ID"] = "99999999-2222-4333-8444-555555555555";
    const tokens = new EnvironmentTokens(loopbackCloud("https://127.0.0.1:1"));
    await expect(tokens.getToken("x")).rejects.toMatchObject({ code: "credential-tenant-differs" });
  });

  test("a failed sign-in says so without the secret", async () => {
    delete process.env["AZURE_TENANT_ID"];
    process.env["AZURE_CLIENT_ID"] = "22222222-2222-4333-8444-555555555555";
    process.env["AZURE_CLIENT_SECRET"] = "planted-client-secret";
    const error: unknown = await new EnvironmentTokens(loopbackCloud("http://127.0.0.1:1"))
      .getToken("x")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "credential-refused" });
    expect(String(error)).not.toContain("planted-client-secret");
  });
});

describe("time", () => {
  test("is carried on from the newest Date header and asked for when there is none", async () => {
    const clock = new ServiceClock();
    expect(clock.observe("nonsense")).toBeUndefined();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      clock.observe("Sun, 22 Nov 2026 10:00:00 GMT");
    };
    await clock.now(ask);
    clock.observe("Wed, 25 Nov 2026 10:00:00 GMT");
    expect((await clock.now(ask)).toISOString()).toMatch(/^2026-11-25T10:00:00/);
    expect(asked).toBe(1);
    await expect(new ServiceClock().now(async () => {})).rejects.toMatchObject({
      code: "service-time-unknown",
    });
  });

  test("cannot be asked of a host that does not answer, which is said", async () => {
    const server = await scriptedServer([{}]);
    await server.close();
    await expect(newSession(loopbackCloud(server.url), { retryBaseMs: 1 }).now()).rejects.toThrow(
      /no answer from http:\/\/127/,
    );
  });

  test.each([
    ["120", 120_000],
    ["0.5", 500],
    ["Sun, 22 Nov 2026 10:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("Retry-After %s is %s ms", (value, expected) => {
    expect(retryAfterMs(value, new Date("2026-11-22T10:00:00Z"))).toBe(expected);
  });

  test("delays double and spread by a quarter", () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const delay = retryDelay(attempt, 2000);
      expect(delay).toBeGreaterThanOrEqual(1500 * 2 ** attempt);
      expect(delay).toBeLessThanOrEqual(2500 * 2 ** attempt);
    }
  });
});

test.each([
  [
    "a secret in clear, in base64 and URL-encoded",
    "x p4ss:wörd y cDRzczp3w7ZyZA== z p4ss%3Aw%C3%B6rd",
    ["p4ss:wörd"],
    "x *** y *** z ***",
  ],
  ["a JSON web token", "got eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.sig-x!", [], "got ***!"],
  ["a bearer header", "Authorization: Bearer abc.def", [], "Authorization: Bearer***"],
  ["NULs, escapes and lines", "a\u0000\u0000b\u001b[31m\r\nc.\u202e", [], "a b [31m c"],
  ["short words, which are no secrets", "a true b", ["a"], "a true b"],
])("scrubbing takes out %s", (_name, text, secrets, expected) => {
  expect(scrub(text, secrets)).toBe(expected);
});
