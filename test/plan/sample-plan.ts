import type { PlanInput } from "../../src/plan/index.js";

const least = {
  stage: "migrate",
  domain: "contoso.com",
  tenant: { id: "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34" },
  dns: { host: "rfc2136", server: "127.0.0.1:5353" },
  source: { testMailbox: "pilarp@contoso.com", account: "CONTOSO\\migadmin" },
  directory: {
    url: "ldaps://dc1.corp.contoso.com",
    baseDn: "DC=corp,DC=contoso,DC=com",
    bindDn: "CN=migadmin,CN=Users,DC=corp,DC=contoso,DC=com",
  },
  waves: [{ name: "wave1", csv: "mailboxes/wave1.csv" }],
  licenses: { sku: "ENTERPRISEPACK" },
} satisfies PlanInput;

/** The least plan there is, with some of its parts replaced; `source` is merged. A part may be wrong. */
export function samplePlan(
  parts: Record<string, unknown> & { source?: Record<string, unknown> } = {},
): Record<string, unknown> & { source: Record<string, unknown> } {
  return { ...least, ...parts, source: { ...least.source, ...parts.source } };
}
