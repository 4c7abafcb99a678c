import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { cloudOf } from "../../src/microsoft365/http/clouds.js";
import { newSession } from "../../src/microsoft365/index.js";
import { staticTokens } from "../cloud/tokens.js";
import { type Session, send } from "../lab/worlds.js";

/** An answer as it goes out. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The lab's services behind a door of plain HTTP that remembers every true answer and can give others in its place: `replace` gets
 * the number of the request since it was set, the true answer, and everything that was asked.
 */
export async function startHostileService(session: Session) {
  const recorded = new Map<string, Reply>();
  let replace: (index: number, reply: Reply, asked: string) => Reply = (_index, reply) => reply;
  let index = 0;
  const truth = async (request: IncomingMessage, body: string): Promise<Reply> => {
    const { method = "GET", url = "/" } = request;
    const key = `${method} ${url} ${body}`;
    const kept = recorded.get(key);
    if (kept !== undefined) return kept;
    if (url.includes("skiptoken=endless"))
      return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") };
    const { graph, exchange, authority } = session.lab.addresses;
    const base = url.startsWith("/adminapi") ? exchange : url.startsWith("/v1.0") ? graph : authority;
    const answer = await send(
      base + url,
      method,
      {
        ...(base === authority ? {} : { authorization: `Bearer ${await session.token(base)}` }),
        ...(body === "" ? {} : { "content-type": "application/json" }),
      },
      body === "" ? undefined : body,
    );
    const reply = {
      status: answer.status,
      headers: { "content-type": answer.headers.get("content-type") ?? "application/json" },
      body: Buffer.from(answer.text),
    };
    recorded.set(key, reply);
    return reply;
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const asked = `${request.url} ${JSON.stringify(request.headers)} ${body}`;
      truth(request, body).then(
        (reply) => {
          const given = replace(index++, reply, asked);
          response.writeHead(given.status, given.headers);
          response.end(given.body);
        },
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const cloud = cloudOf({
    id: session.world.tenantId,
    cloud: "worldwide",
    endpoints: { authority: base, graph: base, exchange: base },
  });
  return {
    client: newSession(cloud, { credential: staticTokens(), retryBaseMs: 0.01, timeoutMs: 20_000 }),
    /** Base URL. */
    base,
    /** From now on; counts requests anew. */
    answer(change: (index: number, reply: Reply, asked: string) => Reply) {
      replace = change;
      index = 0;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
