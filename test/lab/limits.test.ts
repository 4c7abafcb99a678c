import { TenantLimits } from "../../lab/limits.js";

const service = { throttled: () => ({ error: { code: "TooManyRequests" } }) };
const done = async () => ({ status: 204 });

describe("a tenant's limits", () => {
  test("Exchange works on so many requests at once, and turns others away in plain text", () => {
    const limits = new TenantLimits(() => ({ exchangeAtOnce: 2 }));
    const answers = [1, 2, 3].map(() => limits.enter("exchange")?.status);
    expect(answers).toEqual([undefined, undefined, 429]);
    limits.leave("exchange");
    expect(limits.enter("exchange")).toBeUndefined();
    expect(limits).toMatchObject({ refused: 1, busiest: 2 });
  });

  test("Graph takes so many writes in ten seconds, and says when to come back", async () => {
    const limits = new TenantLimits(() => ({ graphWrites: 2 }));
    const answers = await Promise.all([1, 2, 3].map(() => limits.write(service, done)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 429]);
    expect(Number(answers[2]?.headers?.["Retry-After"])).toBeGreaterThan(8);
  });

  test("without limits everything is taken", async () => {
    const limits = new TenantLimits(() => ({}));
    for (let request = 0; request < 100; request += 1) {
      expect(limits.enter("exchange")).toBeUndefined();
      expect((await limits.write(service, done)).status).toBe(204);
    }
    expect(limits.refused).toBe(0);
  });
});
