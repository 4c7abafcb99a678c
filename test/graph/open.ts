import { GraphError } from "../../src/microsoft365/graph/index.js";
import { newSession } from "../../src/microsoft365/index.js";
import { scriptedServer } from "../cloud/scripted-server.js";
import { loopbackCloud, staticTokens } from "../cloud/tokens.js";

/** A Graph client on a scripted loopback server. */
export async function openGraph(script: Parameters<typeof scriptedServer>[0], timeoutMs = 5000) {
  const server = await scriptedServer(script);
  const { graph } = newSession(loopbackCloud(server.url), {
    credential: staticTokens(),
    retryBaseMs: 2,
    timeoutMs,
  });
  return { server, graph };
}

/** The GraphError that `work` ends with. */
export async function graphFailureOf(work: Promise<unknown>): Promise<GraphError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GraphError) return error;
  throw new Error(`expected a GraphError, got ${String(error)}`);
}
