import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";

/** One request as the server got it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with one request: an answer, or a fault. */
export type Step =
  | {
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly json?: unknown;
      readonly text?: string;
    }
  | "reset"
  | "truncate"
  | "hang";

/** A loopback HTTP server that answers by script: the steps in order, the last one for ever, or a function. */
export async function scriptedServer(script: readonly Step[] | ((seen: Seen, index: number) => Step)) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const entry: Seen = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      seen.push(entry);
      const index = seen.length - 1;
      play(
        response,
        typeof script === "function"
          ? script(entry, index)
          : (script[Math.min(index, script.length - 1)] ?? {}),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A running scripted server. */
export type ScriptedServer = Awaited<ReturnType<typeof scriptedServer>>;

function play(response: ServerResponse, step: Step): void {
  if (step === "hang") return;
  if (step === "reset") {
    response.destroy();
    return;
  }
  if (step === "truncate") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
    response.write('{"value":[{"Identity":"wa', () => response.destroy());
    return;
  }
  const text = step.text ?? (step.json === undefined ? "" : JSON.stringify(step.json));
  response.writeHead(step.status ?? 200, { "content-type": "application/json", ...step.headers });
  response.end(text);
}
