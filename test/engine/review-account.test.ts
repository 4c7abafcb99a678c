import { rehearse } from "./rehearsal.js";

test("an account that only reads is for reviews: an update refuses it, before it does anything", async () => {
  const rehearsal = await rehearse();
  try {
    const { stack, lab } = rehearsal;
    stack.setEnvironment(lab.reviewEnvironment);
    expect(await stack.preview()).toMatchObject({ code: 0, errors: "" });
    const up = await stack.up({ skipPreview: true });
    expect(up.code).not.toBe(0);
    expect(up.errors).toContain("MAILSTAGE_REVIEW_DIRECTORY_DN: names CN=mailstage-review");
    expect((await lab.state()).zone.find(({ type }) => type === "MX")?.ttl).toBe(86_400);
  } finally {
    await rehearsal.close();
  }
}, 60_000);
