import { gateQuestion } from "../../src/migration/gates/reads-of-gates.js";
import { parsePlan } from "../../src/plan/index.js";
import { sessionWith } from "../cloud/session.js";
import { smallPlan } from "../engine/rehearsal.js";

/** A server takes an empty password for nobody's: what is asked then is answered, and wrong. */
describe("the directory is not asked without a password", () => {
  test.each([undefined, ""])("given as %j, and the account's own is what is to be set", async (password) => {
    const plan = parsePlan(smallPlan);
    const question = gateQuestion(
      { ...plan, stage: "migrate", observed: { zone: plan.domain } },
      {
        root: ".",
        stack: "test",
        session: sessionWith(),
        secret: () => password,
        progress: () => undefined,
      },
    );
    const refused = { code: "password-missing" };
    const [asPlanned, asMigration] = [question.directory(), question.directoryAsMigrationAccount()];
    await expect(asPlanned).rejects.toMatchObject(refused);
    await expect(asPlanned).rejects.toThrow(
      `needs the password of ${plan.directory.bindDn}. Set MAILSTAGE_DIRECTORY_PASSWORD`,
    );
    await expect(asMigration).rejects.toMatchObject(refused);
    await expect(asMigration).rejects.toThrow(
      `needs the password of ${plan.source.account}. Set MAILSTAGE_SOURCE_PASSWORD`,
    );
  });
});
