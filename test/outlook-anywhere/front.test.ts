import { request } from "node:https";
import * as tls from "node:tls";
import { type Authority, createAuthority } from "../../lab/certificates.js";
import { type LabFront, startOutlookAnywhere } from "../../lab/outlook-anywhere/index.js";

let authority: Authority;
let front: LabFront;

beforeAll(async () => {
  authority = await createAuthority();
  front = await startOutlookAnywhere({
    tls: await authority.issue({ names: ["localhost"], ips: ["127.0.0.1"] }),
    accounts: [{ username: "CONTOSO\\migadmin", password: "pass:word" }],
  });
});
afterAll(() => front.close());

/** Sends these pieces one after another on one connection, and reads until the front closes it. */
function talk(...pieces: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = tls.connect({ host: "127.0.0.1", port: front.port, ca: authority.caPem }, async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((next) => setTimeout(next, 5));
      }
    });
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.once("close", () => resolve(received));
    socket.once("error", reject);
  });
}

test.each([
  ["CONTOSO\\migadmin", "pass:word", true],
  ["contoso\\MigAdmin", "pass:word", true],
  ["migadmin@contoso.com", "pass:word", true],
  ["CONTOSO\\migadmin", "Pass:Word", false],
  ["FABRIKAM\\migadmin", "pass:word", false],
  ["migadmin", "pass:word", false],
])("the migration service is told whether %s with %s may log on: %s", (username, password, accepted) => {
  expect(front.accepts(username, password)).toBe(accepted);
});

test("a browser's GET with the right password, colon and all, gets application/rpc", async () => {
  const status = await new Promise((resolve, reject) => {
    request(
      {
        host: "127.0.0.1",
        port: front.port,
        path: "/rpc/rpcproxy.dll",
        auth: "contoso\\migadmin:pass:word",
        ca: authority.caPem,
        agent: false,
      },
      (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.statusMessage, answer.headers["content-type"]]);
      },
    )
      .once("error", reject)
      .end();
  });
  expect(status).toEqual([200, "Success", "application/rpc"]);
  expect(JSON.stringify(front.requests)).not.toContain("pass:word");
});

test("a request in pieces, and two in one piece, are answered one by one", async () => {
  const received = await talk(
    "RPC_IN_DATA /rpc/rpcproxy.dll HT",
    "TP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab",
    "cdRPC_OUT_DATA /rpc/rpcproxy.dll?ex:6001 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n",
  );
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401", "HTTP/1.1 401", "HTTP/1.1 404"]);
  expect(received.match(/WWW-Authenticate: \S+/g)?.slice(0, 2)).toEqual([
    "WWW-Authenticate: Basic",
    "WWW-Authenticate: NTLM",
  ]);
});

test.each([
  ["no request at all", "hello\r\n\r\n", 400],
  ["an endless head", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, 400],
  ["a chunked body", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  [
    "a body beyond reason",
    "RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n",
    413,
  ],
])("%s is refused", async (_, text, status) => {
  expect(await talk(text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test("without Autodiscover in its options there is none, as with Exchange 2003", async () => {
  expect(await talk("POST /autodiscover/autodiscover.xml HTTP/1.1\r\nConnection: close\r\n\r\n")).toContain(
    " 404 ",
  );
});
