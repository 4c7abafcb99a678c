import { canonicalText } from "../mail-exchangers.js";
import type { DeclaredMigration } from "../migration.js";
import type { Finding, StackRule } from "../rule.js";

/**
 * What a later stage keeps of the ones before it. A resource that is missing is one that the update deletes, and a
 * property that no longer fits the migration replaces it: both are invisible to a policy otherwise.
 */
export const stageComplete: StackRule = {
  name: "stage-keeps-what-it-needs",
  description:
    "The domain, its verification, its MX and the endpoint stay as long as the stage needs them, and are not replaced.",
  level: "mandatory",
  stack: (migration) => [...missing(migration), ...replaced(migration)],
};

function missing(migration: DeclaredMigration): Finding[] {
  const { domain, exchangers, stage } = migration;
  if (!migration.movesDomain) return [];
  const gone = (subject: string, loss: string): Finding => ({
    subject,
    reason: `is not declared at stage ${stage}, so that the update would remove it: ${loss}`,
    hint: "Put it back; to end a migration, finish stage complete or use pulumi destroy, which guards itself",
  });
  const needs = (isThere: boolean, subject: string, loss: string) => (isThere ? [] : [gone(subject, loss)]);
  const has = (kind: "Domain" | "DomainVerification" | "MigrationEndpoint" | "DnsBaseline") =>
    migration.ofKind(kind).length > 0;
  return [
    ...needs(has("DnsBaseline"), `MX of ${domain} before the migration`, "nobody could go back to it"),
    ...needs(exchangers.length > 0, `MX ${domain}`, "mail would be left to chance"),
    ...(migration.at("verify")
      ? [
          ...needs(has("Domain"), `domain ${domain}`, "users of the tenant would lose their addresses"),
          ...needs(has("DomainVerification"), `verification of ${domain}`, "the tenant's MX is not known"),
        ]
      : []),
    ...(migration.at("connect")
      ? needs(has("MigrationEndpoint"), "migration endpoint", "copying would stop")
      : []),
  ];
}

function replaced(migration: DeclaredMigration): Finding[] {
  const { domain } = migration;
  const endpoints = migration.ofKind("MigrationEndpoint").map(({ props }) => props.name);
  const differs = (urn: string, subject: string, reason: string): Finding => ({
    urn,
    subject,
    reason,
    hint: "Such a change replaces what is there; migrate another domain, or by another endpoint, in a stack of its own",
  });
  return [
    ...[...migration.ofKind("Domain"), ...migration.ofKind("DomainVerification")].flatMap(
      ({ urn, props }) => {
        const named = props.domain;
        return named !== undefined && canonicalText(named) !== canonicalText(domain)
          ? [differs(urn, `domain ${named}`, `takes the place of ${domain}, which this stack migrates`)]
          : [];
      },
    ),
    ...migration.ofKind("MigrationBatch").flatMap(({ urn, props, name }) => {
      const { wave = name, endpoint, ...batch } = props;
      return [
        ...(batch.domain !== undefined && canonicalText(batch.domain) !== canonicalText(domain)
          ? [
              differs(
                urn,
                `migration batch ${wave}`,
                `is of ${batch.domain}, and this stack migrates ${domain}`,
              ),
            ]
          : []),
        ...(endpoint !== undefined && endpoints.length > 0 && !endpoints.includes(endpoint)
          ? [differs(urn, `migration batch ${wave}`, `uses endpoint ${endpoint}, which is not declared`)]
          : []),
      ];
    }),
  ];
}
