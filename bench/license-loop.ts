import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { findSku, listSubscribedSkus, listUsers } from "../src/microsoft365/graph/index.js";
import { cloudOf, openCloud } from "../src/microsoft365/index.js";
import { parsePlan } from "../src/plan/index.js";
import { connect, migration } from "./migration.js";

/** Mailboxes that the loop is measured with, before it is scaled up. */
const sample = 200;

/** Seconds for one request a mailbox and step, one after the other: how a script would license that many. */
export async function licenseLoop(mailboxes: number, latencyMs: number): Promise<number> {
  const subject = await migration(sample, 1, latencyMs);
  try {
    await connect(subject);
    const { tenant } = parsePlan(subject.lab.planOverrides({ ...subject.plan, stage: "connect" }));
    // The loop speaks to the lab from this process, which was started before the lab had its certificates.
    setDefaultCACertificates([...getCACertificates("default"), readFileSync(subject.lab.caFile, "utf8")]);
    const { graph } = openCloud(cloudOf(tenant));
    const sku = findSku(await listSubscribedSkus(graph), "ENTERPRISEPACK");
    const users = (await listUsers(graph)).slice(0, sample);
    const begun = performance.now();
    for (const user of users) {
      await graph.patch(`/users/${user.id}`, { usageLocation: "US" });
      await graph.batch([
        {
          method: "POST",
          path: `/users/${user.id}/assignLicense`,
          body: { addLicenses: [{ skuId: sku?.skuId, disabledPlans: [] }], removeLicenses: [] },
        },
      ]);
    }
    return ((performance.now() - begun) / 1000 / users.length) * mailboxes;
  } finally {
    await subject.close();
  }
}
