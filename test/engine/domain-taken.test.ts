import { type Rehearsal, rehearse } from "./rehearsal.js";

describe("a domain that somebody else holds", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await rehearsal.reach("prepare");
    await rehearsal.stage("verify");
    await rehearsal.up();
    await rehearsal.lab.advance(16 * 60);
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test.each([
    ["organization", /domain contoso\.com: belongs to another Microsoft 365 organization: .*used elsewhere/],
    [
      "unmanaged",
      /domain contoso\.com: belongs to an unmanaged Microsoft 365 organization.*external admin takeover/s,
    ],
  ] as const)(
    "(%s) is an error that says so, and never a 'not yet'",
    async (domainHeldBy, reason) => {
      rehearsal.lab.faults.behave({ domainHeldBy });
      const up = await rehearsal.stack.up();
      expect(up.code).not.toBe(0);
      expect(up.errors).toMatch(reason);
      const { domains } = await rehearsal.lab.state();
      expect(domains.find(({ id }) => id === "contoso.com")?.isVerified).toBe(false);
    },
    120_000,
  );
});
