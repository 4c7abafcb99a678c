import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { StagedMigration } from "mailstage";

const zoneId = new pulumi.Config().require("zoneId");

// What the team has in its program anyway.
const zone = new cloudflare.Provider("zone", { apiToken: process.env.CLOUDFLARE_API_TOKEN });
const intranet = new cloudflare.DnsRecord(
  "intranet",
  { zoneId, name: "intranet.contoso.com", type: "A", ttl: 300, content: "192.0.2.80" },
  { provider: zone },
);

// The migration of its mail: the plan is mailstage:plan in Pulumi.production.yaml, and a pull request moves its stage.
const migration = new StagedMigration("contoso", {}, { providers: [zone], dependsOn: [intranet] });

export const { stage, domain, reached, formerMx, tenantMx, decommission } = migration;
