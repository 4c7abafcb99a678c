import { createServer } from "node:http";
import { newSession } from "../../src/microsoft365/index.js";
import { loopbackCloud, staticTokens } from "./tokens.js";

/** A service that takes 60 ms for an answer and counts how many it is working on. */
async function serviceThatSays(headers: Readonly<Record<string, string>>) {
  let running = 0;
  let most = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running -= 1;
        response.writeHead(200, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify({ value: [] }));
      }, 60);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const session = newSession(loopbackCloud(`http://127.0.0.1:${port}`), {
    credential: staticTokens(),
    retryBaseMs: 2,
    timeoutMs: 5000,
  });
  return {
    /** Asks Exchange that often, all at once. @returns how many it had at once, at most */
    async ask(times: number) {
      most = 0;
      await Promise.all(Array.from({ length: times }, () => session.exchange.invoke("Get-AcceptedDomain")));
      return most;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

describe("requests to Exchange at once", () => {
  test("grow while its rate limit is far, and no further than sixteen", async () => {
    const service = await serviceThatSays({ "rate-limit-limit": "30000", "rate-limit-remaining": "29000" });
    expect(await service.ask(8)).toBeLessThanOrEqual(8);
    expect(await service.ask(200)).toBe(16);
    await service.close();
  });

  test("go down to one while its rate limit is nearly used up, and all are made", async () => {
    const service = await serviceThatSays({ "rate-limit-limit": "30000", "rate-limit-remaining": "900" });
    await service.ask(8);
    expect(await service.ask(20)).toBe(1);
    await service.close();
  });
});
