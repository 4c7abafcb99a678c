import type * as pulumi from "@pulumi/pulumi";
import { MailstageError } from "../src/base/problem.js";
import {
  createDomain,
  deleteDomain,
  getDomain,
  listDomainReferences,
  listVerificationRecords,
} from "../src/microsoft365/graph/index.js";
import { domainContract } from "../src/state/domain.js";
import type { TenantArgs } from "../src/state/settings.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** The domain to add to the tenant. */
export type DomainArgs = ArgsOf<"Domain">;

/**
 * The on-premises e-mail domain in the tenant (`POST /domains`; Microsoft's procedure, "Verify you own the domain", steps 1 to 6). A domain
 * that is there already is adopted. Never force-deleted: a domain in use stays in the tenant when this is removed.
 */
export class Domain extends MailstageResource implements Documented<"Domain"> {
  declare readonly txt: pulumi.Output<string>;
  declare readonly mx: pulumi.Output<string | null>;
  declare readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: DomainArgs, opts?: pulumi.CustomResourceOptions) {
    super("Domain", name, args, opts);
  }
}

async function proofs(tenant: TenantArgs, domain: string) {
  const records = await listVerificationRecords(sessionOf(tenant).graph, domain);
  const txt = records.find((record) => record.type === "TXT");
  const mx = records.find((record) => record.type === "MX");
  if (txt?.type !== "TXT")
    throw new MailstageError({
      code: "verification-record-missing",
      subject: `domain ${domain}`,
      reason: "has no TXT verification record in the tenant",
      hint: "Run pulumi up again in a few minutes; the tenant may not have made it yet",
      operation: "GET /domains/{id}/verificationDnsRecords",
    });
  return { txt: txt.text, mx: mx?.type === "MX" ? `${mx.preference} ${mx.mailExchange}` : null };
}

export const domainProvider = /* @__PURE__ */ dynamicProvider(domainContract, {
  async adopt(_cx, _adopting, { tenant, domain }) {
    if ((await getDomain(sessionOf(tenant).graph, domain)) === undefined)
      throw new MailstageError({
        code: "adopt-domain-missing",
        subject: `domain ${domain}`,
        reason: "is not in the tenant, so that there is nothing to adopt from stage verify on",
        hint: "Set stage: prepare in the plan, adopt there, and go on with pulumi up",
      });
    // Nobody can tell who added it: it is never removed.
    return { id: domain, outputs: { ...(await proofs(tenant, domain)), adopted: true } };
  },

  async reconcile(_cx, { tenant, domain }, prior) {
    const { graph } = sessionOf(tenant);
    const existing = await getDomain(graph, domain);
    if (existing === undefined) await createDomain(graph, domain);
    const adopted = prior?.outputs.adopted ?? existing !== undefined;
    return { id: domain, outputs: { ...(await proofs(tenant, domain)), adopted } };
  },

  async read(_cx, inputs, state) {
    if ((await getDomain(sessionOf(inputs.tenant).graph, inputs.domain)) === undefined) return undefined;
    return { inputs, outputs: { ...state, ...(await proofs(inputs.tenant, inputs.domain)) } };
  },

  async delete(cx, { tenant, domain }, state) {
    const { graph } = sessionOf(tenant);
    const existing = await getDomain(graph, domain);
    if (existing === undefined) return;
    if (state.adopted) {
      await cx.warn(`domain ${domain} stays in the tenant: it was there before mailstage`);
      return;
    }
    const references = await listDomainReferences(graph, domain);
    if (references.length > 0) {
      await cx.warn(
        `domain ${domain} stays in the tenant: users, groups or applications use it (${references.length}), and it is never force-deleted`,
      );
      return;
    }
    await deleteDomain(graph, domain);
  },
});
