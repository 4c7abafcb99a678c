import { createServer } from "node:https";
import tls from "node:tls";
import { z } from "zod";
import { createAuthority } from "../../lab/certificates.js";
import { newSession } from "../../src/microsoft365/index.js";
import { loopbackCloud, tenantId } from "./tokens.js";

const variables = {
  AZURE_CLIENT_ID: "22222222-2222-4333-8444-555555555555",
  AZURE_CLIENT_SECRET: "planted-client-secret",
};
const before = { ...process.env };
const trusted = tls.getCACertificates("default");

afterEach(() => {
  for (const name of Object.keys(variables)) {
    const value = before[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  tls.setDefaultCACertificates(trusted);
});

/** A TLS server that is sign-in service, Graph and Exchange in one; `claims` makes Graph challenge the first token. */
async function service({ claims = false, refuse = false } = {}) {
  const seen: { path: string; authorization: string | undefined; form: URLSearchParams }[] = [];
  const authority = await createAuthority();
  const certificate = await authority.issue({ names: ["localhost"], ips: ["127.0.0.1"] });
  let base = "";
  const server = createServer(certificate, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const path = request.url ?? "";
      const form = new URLSearchParams(path.includes("/token") ? body : "");
      seen.push({ path, authorization: request.headers.authorization, form });
      const tokens = seen.filter((entry) => entry.path.includes("/token")).length;
      const say = (status: number, value: object, headers = {}) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(value));
      };
      if (path.includes("/token") && refuse)
        say(401, {
          error: "invalid_client",
          error_description: `AADSTS7000215: Invalid client secret provided: ${form.get("client_secret")}.`,
        });
      else if (path.includes("/token"))
        say(200, { token_type: "Bearer", expires_in: 3600, access_token: `issued-${tokens}` });
      else if (claims && request.headers.authorization === "Bearer issued-1")
        say(
          401,
          {},
          {
            "www-authenticate": `Bearer realm="", error="insufficient_claims", claims="${Buffer.from('{"access_token":{"nbf":{"essential":true}}}').toString("base64")}"`,
          },
        );
      else say(200, { id: "contoso.com", value: [] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `https://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { base, seen, close, trust: () => tls.setDefaultCACertificates([...trusted, authority.caPem]) };
}

const anything = z.looseObject({ id: z.string() });

test("a client secret from the environment signs in at an authority of one's own, once for each service", async () => {
  const { base, seen, close, trust } = await service();
  trust();
  Object.assign(process.env, variables);
  try {
    const session = newSession(loopbackCloud(base), { retryBaseMs: 2 });
    await Promise.all([
      session.graph.get("/a", anything),
      session.graph.get("/b", anything),
      session.exchange.invoke("Get-X"),
    ]);
    const asked = seen.filter(({ path }) => path.includes("/token"));
    expect(new Set(asked.map(({ form }) => form.get("scope")?.split(" ")[0]))).toEqual(
      new Set([`${base}/.default`]),
    );
    expect(asked.map(({ form }) => form.get("client_secret"))).toEqual(
      asked.map(() => variables.AZURE_CLIENT_SECRET),
    );
    expect(asked.length).toBeLessThanOrEqual(2);
    for (const { path, authorization } of seen.filter((entry) => /\/(v1\.0|adminapi)\//.test(entry.path)))
      expect([path, authorization]).toEqual([path, expect.stringMatching(/^Bearer issued-\d$/)]);
  } finally {
    await close();
  }
});

test("an authority of one's own is not asked where its endpoints are: they are where Microsoft's are", async () => {
  const { base, seen, close, trust } = await service();
  trust();
  Object.assign(process.env, variables);
  try {
    await newSession(loopbackCloud(base)).graph.get("/a", anything);
    expect(seen.map(({ path }) => path.replace(/\?.*/, ""))).toEqual([
      `/${tenantId}/oauth2/v2.0/token`,
      "/v1.0/a",
    ]);
  } finally {
    await close();
  }
});

test("a sign-in that was begun ahead is the one that the first request waits for", async () => {
  const { base, seen, close, trust } = await service();
  trust();
  Object.assign(process.env, variables);
  try {
    const session = newSession(loopbackCloud(base), { retryBaseMs: 2 });
    session.signInAhead();
    expect(await session.graph.get("/a", anything)).toMatchObject({ id: "contoso.com" });
    expect(seen.filter(({ path }) => path.includes("/token"))).toHaveLength(1);
  } finally {
    await close();
  }
});

test("a sign-in that was begun ahead and refused is told by the request that needs it", async () => {
  const { base, close, trust } = await service({ refuse: true });
  trust();
  Object.assign(process.env, variables);
  try {
    const session = newSession(loopbackCloud(base), { retryBaseMs: 2 });
    session.signInAhead();
    await expect(session.graph.get("/a", anything)).rejects.toThrow(/AADSTS7000215/);
  } finally {
    await close();
  }
});

test("a claims challenge makes the real identity library ask for another token with the claims", async () => {
  const { base, seen, close, trust } = await service({ claims: true });
  trust();
  Object.assign(process.env, variables);
  try {
    expect(await newSession(loopbackCloud(base)).graph.get("/a", anything)).toMatchObject({
      id: "contoso.com",
    });
    const asked = seen.filter(({ path }) => path.includes("/token"));
    expect(asked).toHaveLength(2);
    expect(asked[1]?.form.get("claims")).toContain("nbf");
  } finally {
    await close();
  }
});

test("a refused secret is told with the service's code and without the secret", async () => {
  const { base, close, trust } = await service({ refuse: true });
  trust();
  Object.assign(process.env, variables);
  try {
    const error: unknown = await newSession(loopbackCloud(base))
      .graph.get("/a", anything)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "credential-refused" });
    expect(String(error)).toContain("AADSTS7000215");
    expect(String(error)).not.toContain(variables.AZURE_CLIENT_SECRET);
  } finally {
    await close();
  }
});

test("a certificate nobody trusts ends the request at once, with the remedy", async () => {
  const { base, seen, close } = await service();
  const token = { token: "t", expiresOnTimestamp: Date.now() + 3_600_000 };
  try {
    const session = newSession(loopbackCloud(base), { credential: { getToken: async () => token } });
    await expect(session.exchange.invoke("New-X", { Name: "n" })).rejects.toThrow(/NODE_EXTRA_CA_CERTS/);
    await expect(session.exchange.invoke("New-X", { Name: "n" })).rejects.toMatchObject({
      kind: "unavailable",
    });
    expect(seen).toHaveLength(0);
  } finally {
    await close();
  }
});
