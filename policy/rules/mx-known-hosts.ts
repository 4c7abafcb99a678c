import { isProof, mailExchangerOf } from "../mail-exchangers.js";
import type { Finding, ResourceRule, StackRule } from "../rule.js";

/** Where Exchange Online takes mail, in every cloud (Microsoft Learn, "DNS records for Office 365"; checked 2026-11). */
const exchangeOnline =
  /\.(?:mail\.protection\.(?:outlook\.com|partner\.outlook\.cn|office365\.us)|mx\.microsoft)$/;

/** Mail goes to the tenant or to where it went before, never anywhere else. */
export const mxKnownHosts: StackRule = {
  name: "mx-known-hosts",
  description: "The MX names the tenant's mail exchanger or those from before the migration, and no other.",
  level: "mandatory",
  stack(migration) {
    const allowed = [...migration.tenantMx, ...migration.formerMx];
    return migration.exchangers.flatMap(({ urn, name, values = [] }): Finding[] => {
      const strange = values.filter(
        (value) =>
          !allowed.includes(value) &&
          // Before any mail server, it would be tried first.
          !(isProof(value) && value.startsWith("32767 ")) &&
          // While the tenant's own name is not known, none of Microsoft's can be told from it.
          !(migration.tenantMx.length === 0 && exchangeOnline.test(value)),
      );
      if (strange.length === 0) return [];
      return [
        {
          urn,
          subject: `MX ${name}`,
          reason: `points at ${strange.join(", ")}, which is neither the tenant's (${list(migration.tenantMx)}) nor from before the migration (${list(migration.formerMx)})`,
          hint: "Take the value from the tenant; mailstage reads it there by itself",
        },
      ];
    });
  },
};

const list = (values: readonly string[]) => (values.length === 0 ? "not known" : values.join(", "));

/**
 * A value that is unknown in the preview would be judged in the middle of the update only, when other resources are made
 * already. It is a remark here, and a refusal there by the rule above and by the provider itself.
 */
export const mxKnownInPreview: ResourceRule = {
  name: "mx-known-in-preview",
  description: "A reviewer sees the MX that would be published.",
  level: "advisory",
  resource(resource) {
    const exchanger = mailExchangerOf(resource);
    if (exchanger === undefined || exchanger.values !== undefined || !resource.unknown) return [];
    return [
      {
        subject: `MX ${exchanger.name}`,
        reason: "has values that are known only during the update",
        hint: "Run pulumi up for the stage before first, so that the tenant has named them",
      },
    ];
  },
};
