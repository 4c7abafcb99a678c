import type { DomainVerification } from "../providers/domain-verification.js";
import type { Gate } from "../providers/gate.js";
import { MigrationEndpoint } from "../providers/migration-endpoint.js";
import * as pulumi from "../providers/sdk.js";
import { defined } from "../src/base/defined.js";
import { secretOf, secrets } from "../src/plan/secrets.js";
import { gate } from "./gate.js";
import { type Migration, secretDigest } from "./migration.js";

/** The way into `connect`: the domain is verified, and its users are synchronized. */
export function connectGate(migration: Migration, ownership: DomainVerification): Gate {
  return gate(migration, "connect", [ownership], { verification: ownership.id });
}

/**
 * Use directory synchronization to create users (the way in asks for them), and connect Microsoft 365 to your email
 * system: one Outlook Anywhere migration endpoint for all batches, tested by Exchange.
 */
export function connect(migration: Migration, connectGate: Gate): MigrationEndpoint {
  const { source, tenant } = migration.plan;
  const password = secretOf(secrets.source, new pulumi.Config("mailstage").get(secrets.source.config));
  // Given in every run, empty in one without the password: what stays then is a secret only because this is one.
  const passwordDigest =
    source.credentials === "adopt"
      ? undefined
      : (secretDigest(tenant.id, source.account, password) ?? pulumi.secret(""));
  return new MigrationEndpoint(
    "endpoint",
    {
      tenant,
      name: source.endpointName,
      emailAddress: source.testMailbox,
      account: source.account,
      authentication: source.authentication,
      credentials: source.credentials,
      ...defined({
        exchangeServer: source.exchangeServer,
        rpcProxyServer: source.rpcProxyServer,
        mailboxPermission: source.mailboxPermission,
        passwordDigest,
      }),
    },
    { ...migration.within, dependsOn: [connectGate] },
  );
}
