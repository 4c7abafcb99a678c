import { readFileSync } from "node:fs";
import * as tls from "node:tls";
import { startLab, worldFromPlan } from "../../lab/index.js";
import {
  checkWriteTargetAddress,
  connectDirectory,
  readUsers,
} from "../../src/on-premises/directory/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { smallPlan } from "../engine/rehearsal.js";

test("a plan that uses one account for Exchange and the directory can be rehearsed", async () => {
  const bindDn = "CN=migadmin,CN=Users,DC=corp,DC=contoso,DC=com";
  const plan = parsePlan({ ...smallPlan, directory: { ...smallPlan.directory, bindDn } });
  const lab = await startLab({ world: worldFromPlan(plan, []) });
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, readFileSync(lab.caFile, "utf8")]);
  try {
    const { MAILSTAGE_SOURCE_PASSWORD: source = "", MAILSTAGE_DIRECTORY_PASSWORD: password = "" } =
      lab.environment;
    const settings = { ...plan.directory, url: lab.addresses.ldaps };
    for (const [name, secret] of [
      [bindDn, password],
      [plan.source.account, source],
    ] as const) {
      const directory = await connectDirectory({ ...settings, bindDn: name }, secret);
      const addresses = [plan.source.testMailbox];
      expect((await readUsers(directory, addresses)).missing).toEqual([]);
      expect(await checkWriteTargetAddress(directory, addresses)).toEqual({ denied: [], unknown: [] });
      await directory.close();
    }
  } finally {
    tls.setDefaultCACertificates(before);
    await lab.close();
  }
});
