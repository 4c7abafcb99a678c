import type { CmdletContext, Row } from "./exchange/cmdlet.js";
import { runCmdlet } from "./exchange/gateway.js";
import type { GraphContext } from "./graph/route.js";
import { answer } from "./graph/service.js";

/**
 * An administrator of the tenant beside the program: what they do is done as the services do it, but meets no fault, is no
 * request of the client's and is not counted.
 */
export interface Administrator {
  /** Runs a cmdlet of Exchange Online. @throws CmdletError */
  cmdlet(name: string, parameters: Readonly<Record<string, unknown>>): Promise<readonly Row[]>;
  /** Does what a request to Graph asks for. @throws AdministratorRefused */
  graph(method: string, path: string, body: unknown): Promise<unknown>;
}

/** What Graph does not let an administrator do. */
export class AdministratorRefused extends Error {}

/** The administrator of a running lab. */
export function administrator(contexts: {
  readonly exchange: () => Promise<CmdletContext>;
  readonly graph: () => Promise<GraphContext>;
}): Administrator {
  return {
    cmdlet: async (name, parameters) => runCmdlet(name, parameters, await contexts.exchange()),
    async graph(method, path, body) {
      const { pathname, searchParams } = new URL(path, "https://lab");
      const content = {
        headers: { "content-type": "application/json" },
        body: body === undefined ? "" : JSON.stringify(body),
      };
      const { status, body: said } = await answer(
        method,
        pathname,
        searchParams,
        content,
        await contexts.graph(),
      );
      if (status >= 400) throw new AdministratorRefused(`${method} ${pathname}: ${JSON.stringify(said)}`);
      return said ?? {};
    },
  };
}
